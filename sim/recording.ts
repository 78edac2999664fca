/**
 * What a run leaves for people to look at: for the picture, the text trace and tests. Recorded only when somebody asks;
 * it never influences the run. Times are simulated ms since the start.
 */

export interface Recording {
  readonly seed: number
  /** The command that makes the same run again. */
  readonly replay: string
  /** Names, in the order of the lanes: nodes, then clients. */
  readonly nodes: readonly string[]
  readonly clients: readonly string[]
  /** When faults and operations ended. */
  readonly calmMs: number
  readonly endedMs: number
  readonly violation: RecordedViolation | undefined
  /** In the order of `atMs`. */
  readonly events: readonly RecordedEvent[]
}

export interface RecordedViolation {
  /** As in `I7`. */
  readonly id: string
  /** The invariant in words. */
  readonly rule: string
  readonly finding: string
  readonly atMs: number
  /** The key that it is about, when there is one. */
  readonly key: string | undefined
  /** The node that it was found at, when there is one. */
  readonly node: string | undefined
}

export type RecordedEvent =
  /** One frame, at the time it was sent. `arrivedMs` is missing when it was lost; `fate` says how it fared otherwise. */
  | {
      readonly kind: 'frame'
      readonly atMs: number
      readonly from: string
      readonly to: string
      readonly arrivedMs: number | undefined
      readonly fate: 'usual' | 'lost' | 'doubled' | 'late' | 'held' | 'replayed' | 'corrupt'
      /** `push`, `row`, `digest`, `pull`, `piece`, `hello`, `get`, `written`, … */
      readonly what: string
      /** What is in it, in short. */
      readonly words: string
      readonly keys: readonly string[]
      readonly bytes: number
    }
  /** A fault struck; it stood until `untilMs`. `nodes` is empty when it concerns all. */
  | {
      readonly kind: 'fault'
      readonly atMs: number
      readonly untilMs: number
      readonly family: string
      readonly words: string
      readonly nodes: readonly string[]
    }
  /** A client of `node` wrote this there. `value` is missing for a delete. */
  | {
      readonly kind: 'write'
      readonly atMs: number
      readonly node: string
      readonly key: string
      readonly version: string
      readonly value: string | undefined
    }
  /** `node` learned this of another node, and shows it from now on. */
  | {
      readonly kind: 'shown'
      readonly atMs: number
      readonly node: string
      readonly key: string
      readonly version: string
      readonly value: string | undefined
    }
  /** A client's call came to its end, or is known never to. */
  | {
      readonly kind: 'call'
      readonly atMs: number
      readonly endedMs: number | undefined
      readonly client: string
      readonly node: string
      readonly words: string
      readonly outcome: 'ok' | 'failed' | 'maybe'
      readonly keys: readonly string[]
    }
  /** The process of `node`: `up` when it serves, `down` when it was killed, `paused`, `resumed`. */
  | { readonly kind: 'process'; readonly atMs: number; readonly node: string; readonly state: ProcessState }
  /** What a node believes, about once a second and at the end. */
  | { readonly kind: 'state'; readonly atMs: number; readonly node: string; readonly state: RecordedState }
  /** A line of the log of `node`, or of the run when it is missing. */
  | { readonly kind: 'note'; readonly atMs: number; readonly node: string | undefined; readonly text: string }

export type ProcessState = 'starting' | 'up' | 'down' | 'paused' | 'resumed'

export interface RecordedState {
  readonly origin: string
  readonly keys: number
  readonly tombstones: number
  readonly parked: number
  readonly fingerprint: string
  /** Origin → what its vector says, ms since the start of the run. */
  readonly seen: Readonly<Record<string, number>>
  /** Ms since the start of the run; missing when unknown. */
  readonly stableMs: number | undefined
  /** Peers with a link. */
  readonly links: readonly string[]
  /** How far its clock is off, ms. */
  readonly clockOffMs: number
}
