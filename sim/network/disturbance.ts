/**
 * What goes wrong between places, and what several such things amount to together: cuts and holds win, shares add up as
 * independent chances, delays add up, the narrowest cap counts. Any order of the same disturbances amounts to the same.
 */

export interface Disturbance {
  /** Whether it concerns frames from one place to another. Asked once for each pair. */
  between(from: string, to: string): boolean
  /** Nothing passes, also nothing that is on its way when the cut comes; nobody is told. */
  readonly cut?: boolean
  /** What arrives waits, and arrives at one instant when nothing holds it any more. */
  readonly hold?: boolean
  /** Shares of frames, 0 to 1: never arrive; arrive twice, the second time within 500 ms; */
  readonly loss?: number
  readonly duplicate?: number
  /** arrive again up to 20 s later, if the connection still is; are overtaken for up to 200 ms; */
  readonly replay?: number
  readonly reorder?: number
  /** arrive as bytes that no decoder takes. */
  readonly corrupt?: number
  /** Mean of an extra delay with an exponential distribution, ms; see `EXTRA_DELAY_MS_MAX`. */
  readonly exponentialMs?: number
  /** Extra delay of every frame, ms. */
  readonly slowerMs?: number
  /** What one connection carries in one direction, above 0. The rest queues at the sender. */
  readonly bytesPerSecond?: number
}

/** What all disturbances of one direction between two places amount to. */
export interface Weather {
  readonly isCut: boolean
  readonly isHeld: boolean
  readonly loss: number
  readonly duplicate: number
  readonly replay: number
  readonly reorder: number
  readonly corrupt: number
  readonly exponentialMs: number
  readonly slowerMs: number
  /** Infinity without a cap. */
  readonly bytesPerSecond: number
}

/** Compared by identity: the quick way is for calm weather only. */
export const CALM: Weather = {
  isCut: false,
  isHeld: false,
  loss: 0,
  duplicate: 0,
  replay: 0,
  reorder: 0,
  corrupt: 0,
  exponentialMs: 0,
  slowerMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
}

/** The exponential delay of one frame goes no higher, ms. */
export const EXTRA_DELAY_MS_MAX = 10_000

export function weatherOf(disturbances: readonly Disturbance[]): Weather {
  return disturbances.length === 0 ? CALM : disturbances.reduce(addTo, CALM)
}

function addTo(weather: Weather, disturbance: Disturbance): Weather {
  return {
    isCut: weather.isCut || disturbance.cut === true,
    isHeld: weather.isHeld || disturbance.hold === true,
    loss: either(weather.loss, disturbance.loss),
    duplicate: either(weather.duplicate, disturbance.duplicate),
    replay: either(weather.replay, disturbance.replay),
    reorder: either(weather.reorder, disturbance.reorder),
    corrupt: either(weather.corrupt, disturbance.corrupt),
    exponentialMs: weather.exponentialMs + (disturbance.exponentialMs ?? 0),
    slowerMs: weather.slowerMs + (disturbance.slowerMs ?? 0),
    bytesPerSecond: Math.min(weather.bytesPerSecond, disturbance.bytesPerSecond ?? Number.POSITIVE_INFINITY),
  }
}

/** The chance that at least one of two things happens that do not know of each other. */
function either(a: number, b = 0): number {
  return 1 - (1 - a) * (1 - b)
}
