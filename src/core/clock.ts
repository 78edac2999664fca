/**
 * The hybrid logical clock (Kulkarni et al., 2014) in one safe integer: milliseconds since 2020-01-01 × 4096 + counter.
 * It never falls and follows every time it meets, but for times that lie further ahead of the local clock than `maxSkewMs`:
 * those are somebody's broken clock, and move nobody else's. A full counter borrows the next millisecond, which is plain addition. Fits 53 bits until 2089.
 */

/** Milliseconds between the Unix epoch and 2020-01-01T00:00:00Z. */
export const HLC_EPOCH_MS = 1_577_836_800_000
const COUNTER = 4096
/** The greatest time that fits; anything above is not a time. */
export const HLC_MAX: number = Number.MAX_SAFE_INTEGER

/** The first HLC of a Unix millisecond; a clock before 2020 counts as 2020. */
export function hlcFromUnixMs(unixMs: number): number {
  return Math.max(0, Math.floor(unixMs) - HLC_EPOCH_MS) * COUNTER
}

/** The Unix millisecond of an HLC. */
export function unixMsFromHlc(time: number): number {
  return Math.floor(time / COUNTER) + HLC_EPOCH_MS
}

export class HybridClock {
  readonly #maxSkew: number
  #last = 0

  /** `maxSkewMs`: how far a peer's time may pull this clock ahead of the local one. */
  constructor(maxSkewMs: number) {
    this.#maxSkew = maxSkewMs * COUNTER
  }

  /** The greatest time given out or met. */
  get last(): number {
    return this.#last
  }

  /** A new time, above every one before it. */
  stamp(wallMs: number): number {
    this.#last = Math.max(this.#last + 1, hlcFromUnixMs(wallMs))
    return this.#last
  }

  /** Now, without using it up: every later stamp is above it. */
  now(wallMs: number): number {
    this.#last = Math.max(this.#last, hlcFromUnixMs(wallMs))
    return this.#last
  }

  /** Follows a time that was met, unless it lies beyond the skew limit. */
  observe(time: number, wallMs: number): void {
    if (time > this.#last && time <= this.horizon(wallMs)) this.#last = time
  }

  /** An operator's word: the next stamp is above `to`, whatever was given out or met before. */
  reset(to: number): void {
    this.#last = to
  }

  /** Entries stamped above this are parked until the clock gets there. What this clock has reached stays reached. */
  horizon(wallMs: number): number {
    return Math.max(this.#last, this.limit(wallMs))
  }

  /** As far as any clock may be ahead, if the machine's is right. */
  limit(wallMs: number): number {
    return hlcFromUnixMs(wallMs) + this.#maxSkew
  }
}
