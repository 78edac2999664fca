/**
 * What a client and a node say to each other, one WebSocket a client. A client opens with `ClientHello`, the node
 * answers with `NodeHello` or an error and closes. Then requests, each with an `id` that the client counts up; each is
 * answered by one reply of that id, but for a watch, which goes on until it is ended from either side. The bytes are in
 * PROTOCOL.md.
 */

import type { Change } from '../core/change.ts'
import type { Entry, Version } from '../core/entry.ts'
import type { ErrorCode } from '../core/errors.ts'
import type { KeyRange } from '../core/range.ts'

export interface ClientHello {
  readonly kind: 'hello'
  readonly wire: number
  /** The cluster that the client expects; empty accepts any. */
  readonly cluster: string
}

export type Request =
  | { readonly kind: 'get'; readonly id: number; readonly key: string; readonly wantValue: boolean }
  | { readonly kind: 'write'; readonly id: number; readonly changes: readonly Change[] }
  | {
      readonly kind: 'scan'
      readonly id: number
      readonly range: KeyRange
      readonly reverse: boolean
      /** At most this many entries in the reply; the node may send fewer and say `more`. */
      readonly limit: number
      readonly wantValues: boolean
      readonly wantTombstones: boolean
    }
  | { readonly kind: 'watch'; readonly id: number; readonly range: KeyRange }
  | { readonly kind: 'unwatch'; readonly id: number; readonly watch: number }
  | { readonly kind: 'status'; readonly id: number }
  | { readonly kind: 'members'; readonly id: number }
  /** Names whose links the node refuses from now on; only served under `--faults`. */
  | { readonly kind: 'fault'; readonly id: number; readonly refuse: readonly string[] }
  | { readonly kind: 'ping'; readonly id: number }
  /** The member of this name is gone for good: so says an operator. */
  | { readonly kind: 'forget'; readonly id: number; readonly name: string }
  /** Compare with this member down to its single keys, now. */
  | { readonly kind: 'sync'; readonly id: number; readonly peer: string }
  /** Set the node's stamps back to its wall clock. */
  | { readonly kind: 'resetClock'; readonly id: number }
  | {
      readonly kind: 'conflicts'
      readonly id: number
      /** Only of keys that begin with it; empty: of all. */
      readonly prefix: string
      readonly limit: number
    }
  /** What the node holds, as a sketch of so many cells. */
  | { readonly kind: 'sketch'; readonly id: number; readonly cells: number }
  /** The entries held under these ks, 31-bit hashes of keys. */
  | { readonly kind: 'resolve'; readonly id: number; readonly ks: readonly number[] }
  /** The bytes of a backup from `offset` on, which is 0, where a new one begins, or where the bytes before it ended. */
  | { readonly kind: 'backup'; readonly id: number; readonly offset: number }

export type ClientMessage = ClientHello | Request

export interface NodeHello {
  readonly kind: 'hello'
  readonly wire: number
  readonly cluster: string
  readonly name: string
  readonly valueBytesMax: number
  readonly frameBytesMax: number
}

/** What a node held when it made a sketch. */
export interface ClientSketchView {
  /** Entries held, tombstones too. */
  readonly count: number
  /** Hash of them all, 16 hex digits. */
  readonly sum: string
  /** 72 bytes that tell about how many keys differ. */
  readonly estimator: Uint8Array
}

export type Reply =
  /** To `get`: the entry shown, without its value when none was wanted (then empty); `undefined` when there is none. */
  | {
      readonly kind: 'entry'
      readonly id: number
      readonly entry: Entry | undefined
      /** For how long the node may have missed writes of others, whole ms; `undefined`: it cannot tell. */
      readonly stalenessMs: number | undefined
    }
  /** To `write`: the version of the last change; the others have lower times of the same origin. */
  | { readonly kind: 'written'; readonly id: number; readonly version: Version }
  /** To `scan`: a page; `more` when the range goes on behind it. To `resolve`: all that is held. */
  | { readonly kind: 'page'; readonly id: number; readonly entries: readonly Entry[]; readonly more: boolean }
  /** To `watch`, many times: changes in order; a key's versions rise. `ready` after the last entry of the current state. */
  | { readonly kind: 'events'; readonly id: number; readonly entries: readonly Entry[]; readonly ready: boolean }
  /** To `status`, `members`, `sync` and `conflicts`: plain JSON-like values. */
  | { readonly kind: 'report'; readonly id: number; readonly report: unknown }
  /** To `sketch`: 12 bytes a cell, and what the sketch was made of. */
  | { readonly kind: 'sketch'; readonly id: number; readonly cells: Uint8Array; readonly view: ClientSketchView }
  /** To `backup`: the next bytes; `more` while they are not the last. */
  | { readonly kind: 'chunk'; readonly id: number; readonly bytes: Uint8Array; readonly more: boolean }
  /** To `unwatch`, `fault`, `ping`, `forget`, `resetClock`. */
  | { readonly kind: 'done'; readonly id: number }
  /** The request of this id failed; a watch of this id is over. Id 0: the session as a whole, which then closes. */
  | {
      readonly kind: 'error'
      readonly id: number
      readonly code: ErrorCode
      readonly message: string
      readonly maybeApplied: boolean
    }

export type NodeMessage = NodeHello | Reply
