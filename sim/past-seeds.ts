/**
 * Seeds that once failed, and what they showed. They run with the tests. The planted bugs hold the causes: a seed finds
 * its old bug only as long as nothing else changes what happens in its run.
 */

export const PAST_SEEDS: readonly { readonly seed: number; readonly broke: string }[] = [
  { seed: 15, broke: 'L2: a list was frozen twice under one exchange id, for a late copy of the request' },
  { seed: 25, broke: 'I8: a write was stamped below a parked entry that had come due before it' },
  { seed: 807, broke: 'I8: the clock was set back while the log was replayed, and a birth fell below what showed' },
]
