/** The bounds of a listing as flags, named as in the API. */

import type { RangeOptions } from '../client/range-options.ts'

type Bound = { readonly type: 'string'; readonly describe: string }

export const RANGE_FLAGS: { readonly gt: Bound; readonly gte: Bound; readonly lt: Bound; readonly lte: Bound } = {
  gt: { type: 'string', describe: 'only keys greater than this' },
  gte: { type: 'string', describe: 'only keys greater than this, or equal' },
  lt: { type: 'string', describe: 'only keys less than this' },
  lte: { type: 'string', describe: 'only keys less than this, or equal' },
}

/** A prefix and bounds together mean the keys in both. */
export function rangeOf({ gt, gte, lt, lte }: RangeOptions, prefix: string | undefined): RangeOptions {
  return { prefix, gt, gte, lt, lte }
}
