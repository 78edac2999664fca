/**
 * I9, as far as it is built: on one connection to one run of a node. A client reads what it wrote, or something newer, and
 * never something older than it has read; its writes rise in the order in which it asked.
 */

import { compareVersions, type Entry, type Version } from '../../src/core/entry.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'
import type { Call } from '../history.ts'

interface Known {
  readonly version: Version
  /** When the client was told. */
  readonly atMs: number
  readonly how: 'wrote' | 'read'
}

export function sessions(_scene: Scene): Checker {
  /** Client and connection → key → the newest that it was told of. */
  const known = new Map<string, Map<string, Known>>()
  const checker: Checker = {
    id: 'I9',
    rule: 'on one connection a client reads what it wrote or something newer, and never an older state than it has read',
    ended(call) {
      if (call.outcome !== 'ok') return
      const session = sessionOf(call)
      const { operation } = call
      if (operation.kind === 'get') hear(session, call, operation.key, call.entry)
      else if (operation.kind === 'scan') for (const entry of call.entries ?? []) hear(session, call, entry.key, entry)
      else if (call.version !== undefined) wrote(session, call, call.version)
    },
  }
  const sessionOf = ({ client, connection }: Call): Map<string, Known> => {
    const name = `${client} ${connection}`
    let session = known.get(name)
    if (session === undefined) {
      session = new Map()
      known.set(name, session)
    }
    return session
  }
  const wrote = (session: Map<string, Known>, call: Call, version: Version): void => {
    const { operation } = call
    const key = 'key' in operation ? operation.key : 'changes' in operation ? operation.changes.at(-1)?.key : undefined
    if (key === undefined) return
    const before = session.get(key)
    // Calls that are under way at one time may end in any order.
    if (before !== undefined && before.atMs <= call.calledMs && compareVersions(version, before.version) <= 0) {
      throw new Violation(
        checker,
        `${call.client} ${before.how} ${show(before.version)} of ${key} at ${call.node}, and then wrote the older ${show(version)}`,
      )
    }
    learn(session, key, { version, atMs: call.endedMs, how: 'wrote' })
  }
  const hear = (session: Map<string, Known>, call: Call, key: string, entry: Entry | undefined): void => {
    const before = session.get(key)
    if (before !== undefined && before.atMs <= call.calledMs) {
      if (entry === undefined || compareVersions(entry, before.version) < 0) {
        throw new Violation(
          checker,
          `${call.client} ${before.how} ${show(before.version)} of ${key} at ${call.node}, and then read ${show(entry)}`,
        )
      }
    }
    if (entry !== undefined) learn(session, key, { version: entry, atMs: call.endedMs, how: 'read' })
  }
  const learn = (session: Map<string, Known>, key: string, next: Known): void => {
    const before = session.get(key)
    if (before === undefined || compareVersions(next.version, before.version) > 0) session.set(key, next)
  }
  return checker
}

function show(version: Version | undefined): string {
  return version === undefined ? 'nothing' : `${version.time} of ${version.origin}`
}
