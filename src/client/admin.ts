/**
 * What operators ask of one node, beside the store: how it is, whom it knows, what it holds, and faults for tests. It
 * speaks to whichever node the client is connected to, so give the client one address when that matters.
 */

import type { Entry } from '../core/entry.ts'
import { HearsayError } from '../core/errors.ts'
import { isNodeName } from '../core/origin.ts'
import type { MemberReport, StatusReport } from '../core/report.ts'
import { REFUSED_MAX } from '../wire/limits.ts'
import { type CallOptions, wrong } from './call-options.ts'
import type { Calls } from './calls.ts'
import { type RangeOptions, rangeBehind, toRange } from './range-options.ts'

/** Entries asked for at one time. */
export const SCAN_PAGE_ENTRIES = 1_000

export interface RawScanOptions extends RangeOptions, CallOptions {
  /** Deleted keys too, for as long as the node keeps their tombstones. */
  readonly tombstones?: boolean | undefined
  /** Without, live entries come with empty values: enough to compare versions. */
  readonly values?: boolean | undefined
}

/** Errors of every call as in `Store`. */
export interface Admin {
  status(options?: CallOptions): Promise<StatusReport>
  members(options?: CallOptions): Promise<readonly MemberReport[]>
  /** What the node holds, in key order, a page at a time; each page as of when it was read. */
  scanEntries(options?: RawScanOptions): AsyncIterableIterator<readonly Entry[]>
  /** The node closes its links to the members of these names and refuses new ones. `ERR_NOT_ALLOWED` without `--faults`. */
  fault(refuse: readonly string[], options?: CallOptions): Promise<void>
}

export function createAdmin(calls: Calls): Admin {
  return {
    async status(options) {
      const { report } = await calls.ask({ kind: 'status' }, 'report', options)
      if (typeof report !== 'object' || report === null || Array.isArray(report)) throw notAReport()
      return report as StatusReport
    },
    async members(options) {
      const { report } = await calls.ask({ kind: 'members' }, 'report', options)
      if (!Array.isArray(report)) throw notAReport()
      return report as readonly MemberReport[]
    },
    scanEntries(options = {}) {
      calls.check(options)
      return scanPages(calls, options)
    },
    async fault(refuse, options) {
      if (!Array.isArray(refuse) || refuse.length > REFUSED_MAX || !areNodeNames(refuse)) {
        throw wrong(`refuse must be an array of at most ${REFUSED_MAX} node names`)
      }
      await calls.ask({ kind: 'fault', refuse }, 'done', options)
    },
  }
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

function areNodeNames(names: readonly unknown[]): boolean {
  // Spread, since `every` skips the holes of an array.
  return [...names].every((name) => typeof name === 'string' && isNodeName(name))
}

function notAReport(): HearsayError {
  return new HearsayError('ERR_PROTOCOL', 'the node answered with something that is not a report')
}
