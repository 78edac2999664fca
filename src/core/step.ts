/**
 * What goes into a replica and what comes out. `step(now, input)` is the only way to change one, and its effects are the
 * only way it acts. The host feeds the inputs and carries the effects out, in order.
 */

import type { Change } from './change.ts'
import type { Entry, Version } from './entry.ts'
import type { ErrorCode } from './errors.ts'
import type { Body, Message, Row } from './message.ts'
import type { LogRecord } from './record.ts'
import type { SyncReport } from './report.ts'

/** Both clocks at one instant, ms. */
export interface Now {
  readonly wallMs: number
  readonly monoMs: number
}

export type Input =
  /** Writes that a caller wants; checked by whoever took them. `op` comes back in a `reply`. */
  | { readonly kind: 'write'; readonly op: number; readonly changes: readonly Change[] }
  /** An operator's word. `op` comes back in a `reply` once it is in the log, or in a `refuse`. */
  | { readonly kind: 'forget'; readonly op: number; readonly name: string }
  | { readonly kind: 'resetClock'; readonly op: number }
  /** Pull from this peer, then compare all that both hold. `op` comes back in `synced`, or in a `refuse`. */
  | { readonly kind: 'sync'; readonly op: number; readonly peer: string }
  /** The next slice of work that an earlier step left. */
  | { readonly kind: 'chore' }
  /** A turn of the loop is over: what was written in it goes to the log and to the peers. */
  | { readonly kind: 'turn' }
  | { readonly kind: 'message'; readonly from: string; readonly message: Message }
  /** A link to this peer is up; its hello carried the row. */
  | { readonly kind: 'linkUp'; readonly peer: string; readonly row: Row }
  | { readonly kind: 'linkDown'; readonly peer: string }
  /** A hello of this node's own name from another run of it. */
  | { readonly kind: 'twin'; readonly row: Row }
  /** All records up to this index are as safe as the fsync mode promises before an answer. */
  | { readonly kind: 'promised'; readonly index: number }
  /** All records up to this index are durable. */
  | { readonly kind: 'durable'; readonly index: number }
  /** The log takes no more, for good: what was not durable before never will be. */
  | { readonly kind: 'logEnded' }
  /** Every so often, at most a second apart. */
  | { readonly kind: 'tick' }

export type Effect =
  /** Indexes rise by one from 1. */
  | { readonly kind: 'append'; readonly index: number; readonly record: LogRecord }
  | { readonly kind: 'send'; readonly to: readonly string[]; readonly message: { row: Row; body: Body } }
  /** The writes of `op` are in the log, as durable as the fsync mode makes them. */
  | { readonly kind: 'reply'; readonly op: number; readonly version: Version }
  | { readonly kind: 'refuse'; readonly op: number; readonly code: ErrorCode; readonly reason: string }
  | { readonly kind: 'synced'; readonly op: number; readonly report: SyncReport }
  /** There is more to do than one step should: step a `chore` soon, once the loop has had its turn. */
  | { readonly kind: 'chore' }
  /** Somebody there goes by this node's name: call, so that the two find out about each other. */
  | { readonly kind: 'call'; readonly address: string }
  /** The node has taken over what others have, or found that there is nothing: it may serve. */
  | { readonly kind: 'ready' }
  /** These became visible, in this order. A tombstone with `expiresAt` tells of a value that expired. */
  | { readonly kind: 'notify'; readonly entries: readonly Entry[] }
  /** For the log that people read. */
  | { readonly kind: 'say'; readonly level: 'info' | 'warn'; readonly fields: object; readonly text: string }
  /** The node must not go on. */
  | { readonly kind: 'stop'; readonly code: ErrorCode; readonly reason: string }
