/** The hybrid logical clock's time of an instant, by the definition in ARCHITECTURE.md: the shipped one is under test. */

const EPOCH_MS: number = Date.UTC(2020, 0, 1)

/** The first time of a Unix millisecond: milliseconds since 2020-01-01 × 4096. */
export function hlcOf(unixMs: number): number {
  return (Math.floor(unixMs) - EPOCH_MS) * 4_096
}
