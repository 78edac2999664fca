/**
 * Which stretch of the run is on the screen, and where. The window never leaves the run by more than a margin and never
 * gets so narrow that a microsecond is wider than a pixel.
 */

export interface Tick {
  readonly ms: number
  readonly text: string
}

const NARROWEST_MS = 2
/** Of the whole run, free at both ends. */
const MARGIN = 0.012

export class TimeScale {
  readonly wholeMs: number
  fromMs: number
  toMs: number
  /** Where the window begins on the screen, and how wide it is, px. */
  left = 0
  width = 1

  constructor(wholeMs: number) {
    this.wholeMs = Math.max(wholeMs, NARROWEST_MS)
    this.fromMs = -this.wholeMs * MARGIN
    this.toMs = this.wholeMs * (1 + MARGIN)
  }

  get spanMs(): number {
    return this.toMs - this.fromMs
  }

  get isWhole(): boolean {
    return this.spanMs >= this.wholeMs * (1 + 2 * MARGIN) * 0.9999
  }

  x(ms: number): number {
    return this.left + ((ms - this.fromMs) / this.spanMs) * this.width
  }

  ms(x: number): number {
    return this.fromMs + ((x - this.left) / this.width) * this.spanMs
  }

  show(fromMs: number, toMs: number): void {
    const [least, most] = [-this.wholeMs * MARGIN, this.wholeMs * (1 + MARGIN)]
    const span = Math.min(Math.max(toMs - fromMs, NARROWEST_MS), most - least)
    const middle = (fromMs + toMs) / 2
    this.fromMs = Math.min(Math.max(middle - span / 2, least), most - span)
    this.toMs = this.fromMs + span
  }

  showWhole(): void {
    this.fromMs = -this.wholeMs * MARGIN
    this.toMs = this.wholeMs * (1 + MARGIN)
  }

  /** Makes the window `factor` times as long; the instant at `x` stays where it is. */
  zoom(factor: number, x: number = this.left + this.width / 2): void {
    const fixed = this.ms(x)
    const share = (x - this.left) / this.width
    const span = Math.min(Math.max(this.spanMs * factor, NARROWEST_MS), this.wholeMs * (1 + 2 * MARGIN))
    this.show(fixed - share * span, fixed + (1 - share) * span)
  }

  pan(px: number): void {
    const ms = (px / this.width) * this.spanMs
    this.show(this.fromMs + ms, this.toMs + ms)
  }
}

/** A round length of time, at least `ms`: 1, 2 or 5 times a power of ten. */
export function roundMs(ms: number): number {
  const power = 10 ** Math.floor(Math.log10(ms))
  for (const times of [1, 2, 5]) if (power * times >= ms) return power * times
  return power * 10
}

export function ticksOf(scale: TimeScale): Tick[] {
  const step = roundMs((scale.spanMs / scale.width) * 88)
  const digits = Math.max(0, Math.min(6, -Math.floor(Math.log10(step / 1000) + 1e-9)))
  const ticks: Tick[] = []
  for (let n = Math.ceil(Math.max(scale.fromMs, 0) / step); n * step <= Math.min(scale.toMs, scale.wholeMs); n++)
    ticks.push({ ms: n * step, text: `${((n * step) / 1000).toFixed(digits)} s` })
  return ticks
}
