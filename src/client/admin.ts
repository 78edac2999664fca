/**
 * What operators ask of one node, beside the store: how it is, whom it knows, what it holds, what was lost, a look at its
 * peers, and faults for tests. It speaks to whichever node the client is connected to, so give the client one address
 * when that matters. What changes something is never sent twice: when the connection breaks it fails as maybe applied.
 */

import { CONFLICTS_MAX } from '../core/conflicts.ts'
import type { Entry } from '../core/entry.ts'
import { HearsayError } from '../core/errors.ts'
import { utf8Length } from '../core/key.ts'
import { isNodeName } from '../core/origin.ts'
import type { ConflictReport, MemberReport, StatusReport, SyncReport } from '../core/report.ts'
import type { ClientSketchView } from '../wire/client-messages.ts'
import { CELLS_MAX, FIELD, REFUSED_MAX, RESOLVE_KS_MAX } from '../wire/limits.ts'
import { type CallOptions, wrong } from './call-options.ts'
import type { Calls } from './calls.ts'
import { type RangeOptions, rangeBehind, toRange } from './range-options.ts'

/** Entries asked for at one time. */
export const SCAN_PAGE_ENTRIES = 1_000
const CONFLICTS_DEFAULT = 100

export interface RawScanOptions extends RangeOptions, CallOptions {
  /** Deleted keys too, for as long as the node keeps their tombstones. */
  readonly tombstones?: boolean | undefined
  /** Without, live entries come with empty values: enough to compare versions. */
  readonly values?: boolean | undefined
}

export interface ConflictsOptions {
  /** Only of keys that begin with this. Default: of all. */
  readonly prefix?: string | undefined
  /** At most this many, 1 to 1,000. Default 100. */
  readonly limit?: number | undefined
}

/** What a node holds in a few bytes, to be compared with the same of another node. */
export interface Sketch {
  /** 12 bytes a cell. */
  readonly cells: Uint8Array
  readonly view: ClientSketchView
}

/** Errors of every call as in `Store`. */
export interface Admin {
  status(options?: CallOptions): Promise<StatusReport>
  members(options?: CallOptions): Promise<readonly MemberReport[]>
  /** What the node holds, in key order, a page at a time; each page as of when it was read. */
  scanEntries(options?: RawScanOptions): AsyncIterableIterator<readonly Entry[]>
  /** Lost updates that the node has found, the latest first. */
  conflicts(options?: ConflictsOptions & CallOptions): Promise<readonly ConflictReport[]>
  /**
   * The node pulls from the member of this name and compares everything with it, now. Without a name: from all that it
   * has a link to, one after the other, ended by the first that fails; `timeout` is for each. `ERR_NO_SUCH_MEMBER`.
   */
  sync(peer?: string, options?: CallOptions): Promise<readonly SyncReport[]>
  /**
   * The run of this member is gone for good: nobody waits for it any more, and all forget it. If it comes back, then as a
   * new run, with all that it wrote. `ERR_NO_SUCH_MEMBER`.
   */
  forget(name: string, options?: CallOptions): Promise<void>
  /** Sets a clock of the node that ran far ahead back to the machine's and its peers'. */
  resetClock(options?: CallOptions): Promise<void>
  /** The first `cells` cells, 1 to 32,768, of the sketch of all that the node holds. */
  sketch(cells: number, options?: CallOptions): Promise<Sketch>
  /** All that is held under these 31-bit hashes of keys, deletes too, values left empty. At most 1,000 hashes. */
  resolve(ks: readonly number[], options?: CallOptions): Promise<readonly Entry[]>
  /**
   * The bytes of a backup, as a file of the log's format, while the node goes on: all that it held when it was asked, and all
   * that it logged until the last bytes were read. `timeout` is for each piece. `ERR_OVERLOADED`, `ERR_NOT_READY`.
   */
  backup(options?: CallOptions): AsyncIterableIterator<Uint8Array>
  /** The node closes its links to the members of these names and refuses new ones. `ERR_NOT_ALLOWED` without `--faults`. */
  fault(refuse: readonly string[], options?: CallOptions): Promise<void>
}

export function createAdmin(calls: Calls): Admin {
  const list = async <T>(
    body: Parameters<Calls['ask']>[0],
    options: CallOptions | undefined,
  ): Promise<readonly T[]> => {
    const { report } = await calls.ask(body, 'report', options)
    if (!Array.isArray(report)) throw notAReport()
    return report as readonly T[]
  }
  const one = async <T>(body: Parameters<Calls['ask']>[0], options: CallOptions | undefined): Promise<T> => {
    const { report } = await calls.ask(body, 'report', options)
    if (typeof report !== 'object' || report === null || Array.isArray(report)) throw notAReport()
    return report as T
  }
  const members = (options?: CallOptions): Promise<readonly MemberReport[]> => list({ kind: 'members' }, options)
  return {
    status: async (options) => one({ kind: 'status' }, options),
    members,
    scanEntries(options = {}) {
      calls.check(options)
      return scanPages(calls, options)
    },
    async conflicts(options = {}) {
      return list({ kind: 'conflicts', ...toConflicts(options) }, options)
    },
    async sync(peer, options) {
      if (peer !== undefined) {
        checkNodeName(peer)
        return [await one<SyncReport>({ kind: 'sync', peer }, options)]
      }
      const reports: SyncReport[] = []
      for (const { name, linked } of await members(options)) {
        if (linked) reports.push(await one<SyncReport>({ kind: 'sync', peer: name }, options))
      }
      return reports
    },
    async forget(name, options) {
      checkNodeName(name)
      await calls.ask({ kind: 'forget', name }, 'done', options)
    },
    async resetClock(options) {
      await calls.ask({ kind: 'resetClock' }, 'done', options)
    },
    async sketch(cells, options) {
      if (!(Number.isSafeInteger(cells) && cells >= 1 && cells <= CELLS_MAX)) {
        throw wrong(`a sketch has 1 to ${CELLS_MAX} cells`)
      }
      const { cells: bytes, view } = await calls.ask({ kind: 'sketch', cells }, 'sketch', options)
      return { cells: bytes, view }
    },
    async resolve(ks, options) {
      if (!Array.isArray(ks) || ks.length < 1 || ks.length > RESOLVE_KS_MAX || ![...ks].every(isK)) {
        throw wrong(`ks must be an array of 1 to ${RESOLVE_KS_MAX} integers below 2^31 - 1`)
      }
      return (await calls.ask({ kind: 'resolve', ks }, 'page', options)).entries
    },
    backup(options = {}) {
      calls.check(options)
      return backupChunks(calls, options)
    },
    async fault(refuse, options) {
      if (!Array.isArray(refuse) || refuse.length > REFUSED_MAX || !areNodeNames(refuse)) {
        throw wrong(`refuse must be an array of at most ${REFUSED_MAX} node names`)
      }
      await calls.ask({ kind: 'fault', refuse }, 'done', options)
    },
  }
}

/** Throws `ERR_INVALID_ARGUMENT` for a wrong prefix or limit. */
export function toConflicts(options: ConflictsOptions): { readonly prefix: string; readonly limit: number } {
  if (typeof options !== 'object' || options === null) throw wrong('options must be an object')
  const { prefix = '', limit = CONFLICTS_DEFAULT } = options
  if (typeof prefix !== 'string' || utf8Length(prefix) < 0) throw wrong('prefix must be well-formed text')
  if (!(Number.isSafeInteger(limit) && limit >= 1 && limit <= CONFLICTS_MAX)) {
    throw wrong(`limit must be an integer from 1 to ${CONFLICTS_MAX}`)
  }
  return { prefix, limit }
}

/** Throws `ERR_INVALID_ARGUMENT`. */
export function checkNodeName(name: unknown): void {
  if (typeof name !== 'string' || !isNodeName(name)) throw wrong('the name of a member is that of a node')
}

function isK(k: unknown): boolean {
  return typeof k === 'number' && Number.isInteger(k) && k >= 0 && k < FIELD
}

function scanPages(calls: Calls, options: RawScanOptions): AsyncIterableIterator<readonly Entry[]> {
  const whole = toRange(options)
  const { tombstones = false, values = false, signal, timeout } = options
  return (async function* () {
    let range = whole
    while (true) {
      const { entries, more } = await calls.ask(
        {
          kind: 'scan',
          range,
          reverse: false,
          limit: SCAN_PAGE_ENTRIES,
          wantValues: values,
          wantTombstones: tombstones,
        },
        'page',
        { signal, timeout },
      )
      const last = entries.at(-1)
      if (last !== undefined) yield entries
      if (!more || last === undefined) return
      range = rangeBehind(range, last.key, false)
    }
  })()
}

async function* backupChunks(calls: Calls, options: CallOptions): AsyncIterableIterator<Uint8Array> {
  let offset = 0
  while (true) {
    const { bytes, more } = await calls.ask({ kind: 'backup', offset }, 'chunk', options)
    if (bytes.length > 0) yield bytes
    offset += bytes.length
    if (!more) return
  }
}

function areNodeNames(names: readonly unknown[]): boolean {
  // Spread, since `every` skips the holes of an array.
  return [...names].every((name) => typeof name === 'string' && isNodeName(name))
}

function notAReport(): HearsayError {
  return new HearsayError('ERR_PROTOCOL', 'the node answered with something that is not a report')
}
