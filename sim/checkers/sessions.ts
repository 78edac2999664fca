/**
 * I9, as far as it is built: on one connection to one run of a node. A client reads what it wrote, or something newer, and
 * never something older than it has read; its writes rise in the order in which it asked. A page of a scan is a true piece
 * of the order of keys: nothing that the client knows is missing between its ends. What an operator made the node take
 * back, since its clock had been far ahead, the client knows no more.
 */

import { compareVersions, type Entry, type Version } from '../../src/core/entry.ts'
import { PAGE_ENTRIES_MAX } from '../../src/server/session.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'
import { type Call, isWrite, keysOf, lastKeyOf } from '../history.ts'
import type { Operation } from '../plan.ts'
import { mayShow } from '../whereabouts.ts'

interface Known {
  readonly version: Version
  /** When the client asked. */
  readonly askedMs: number
  /** When it was told. */
  readonly atMs: number
  readonly how: 'wrote' | 'read'
}

/** What one connection was told. */
interface Session {
  /** By key, the newest. */
  readonly keys: Map<string, Known>
  /** The greatest time of all of it; 0 before the first. */
  greatest: number
}

type Scan = Extract<Operation, { kind: 'scan' }>

/** Above every origin: a version with it stands for every later time. */
const ABOVE = '\u{10ffff}'

export function sessions({ nodes, ledger }: Scene): Checker {
  /** Client and connection → what was told there. */
  const known = new Map<string, Session>()
  /** Write under way → the greatest time that its client knew when it asked: the node stamps above what it has shown. */
  const floors = new Map<Call, number>()
  const checker: Checker = {
    id: 'I9',
    rule: 'on one connection a client reads what it wrote or something newer, never an older state than it has read, and a scan leaves nothing out',
    called(call) {
      if (!isWrite(call.operation)) return
      const session = sessionOf(call)
      forgetTakenBack(session, call.node)
      floors.set(call, session.greatest)
    },
    ended(call) {
      const floor = floors.get(call)
      if (floor !== undefined) floors.delete(call)
      if (call.outcome !== 'ok') return
      const session = sessionOf(call)
      forgetTakenBack(session, call.node)
      const { operation } = call
      if (operation.kind === 'get') hear(session, call, operation.key, call.entry)
      else if (operation.kind === 'scan') page(session, call, operation, call.entries ?? [])
      else if (call.version !== undefined) wrote(session, call, call.version, floor ?? 0)
    },
  }
  const sessionOf = ({ client, connection }: Call): Session => {
    const name = `${client} ${connection}`
    let session = known.get(name)
    if (session === undefined) {
      session = { keys: new Map(), greatest: 0 }
      known.set(name, session)
    }
    return session
  }
  const forgetTakenBack = (session: Session, node: string): void => {
    let isLess = false
    for (const [key, { version, askedMs }] of session.keys) {
      if (!ledger.resets.hasTakenBack(node, version.time, askedMs)) continue
      session.keys.delete(key)
      isLess = true
    }
    if (!isLess) return
    session.greatest = 0
    for (const { version } of session.keys.values()) session.greatest = Math.max(session.greatest, version.time)
  }
  const wrote = (session: Session, call: Call, version: Version, floor: number): void => {
    const key = lastKeyOf(call.operation)
    if (key === undefined) return
    if (version.time <= floor && !ledger.resets.hasTakenBack(call.node, floor, call.calledMs)) {
      throw new Violation(
        checker,
        `${call.client} was told of time ${floor} at ${call.node}, and then wrote ${key} at ${show(version)}`,
      )
    }
    // Of the other changes of a batch the reply says only that they are done: they are above what was known before.
    for (const other of keysOf(call.operation)) {
      if (other !== key) learn(session, other, { time: floor, origin: ABOVE }, call, 'wrote')
    }
    learn(session, key, version, call, 'wrote')
  }
  const page = (session: Session, call: Call, { prefix, limit }: Scan, entries: readonly Entry[]): void => {
    const fault = faultOfPage(entries, prefix, limit)
    if (fault !== undefined)
      throw new Violation(checker, `${call.client} scanned ${show(prefix)} at ${call.node} and got ${fault}`)
    const last = entries.length >= Math.min(limit, PAGE_ENTRIES_MAX) ? entries.at(-1)?.key : undefined
    const listed = new Map<string, Entry>()
    for (const entry of entries) listed.set(entry.key, entry)
    for (const key of session.keys.keys()) {
      if (!key.startsWith(prefix) || listed.has(key)) continue
      if (last === undefined || isBelow(key, last)) hear(session, call, key, undefined)
    }
    for (const entry of entries) hear(session, call, entry.key, entry)
  }
  const hear = (session: Session, call: Call, key: string, entry: Entry | undefined): void => {
    const before = session.keys.get(key)
    if (before !== undefined && before.atMs <= call.calledMs) {
      const isOlder = entry === undefined || compareVersions(entry, before.version) < 0
      if (isOlder && !mayBeGone(call, key, before, entry)) {
        throw new Violation(
          checker,
          `${call.client} ${before.how} ${show(before.version)} of ${key} at ${call.node}, and then read ${show(entry)}`,
        )
      }
    }
    if (entry !== undefined) learn(session, key, entry, call, 'read')
  }
  /**
   * What was deleted and let go of reads as nothing, and so does what was overwritten by what the node had to take back;
   * that an older value comes back has one excuse.
   */
  const mayBeGone = (
    { node, calledMs }: Call,
    key: string,
    { version, askedMs }: Known,
    entry: Entry | undefined,
  ): boolean => {
    const isNewer = (write: Entry): boolean => compareVersions(write, version) > 0
    const wasTakenBack = ({ time }: Entry): boolean => ledger.resets.hasTakenBack(node, time, askedMs)
    if (entry === undefined && ledger.writesOf(key).some((write) => isNewer(write) && wasTakenBack(write))) return true
    const { host, startedMs = 0 } = nodes.find(({ name }) => name === node) ?? {}
    const replica = startedMs > calledMs ? undefined : host?.replica
    // The process that answered may have ended since.
    return replica === undefined || mayShow(ledger, replica, key, version, entry)
  }
  return checker
}

// Not within the checker: whatever is made anew for each run is compiled anew for each run.

function learn(
  session: Session,
  key: string,
  version: Version,
  { calledMs: askedMs, endedMs: atMs }: Call,
  how: Known['how'],
): void {
  if (version.time > session.greatest) session.greatest = version.time
  const before = session.keys.get(key)
  if (before === undefined || compareVersions(version, before.version) > 0)
    session.keys.set(key, { version, askedMs, atMs, how })
}

/** What no page of this range can be like, whatever the node holds. */
function faultOfPage(entries: readonly Entry[], prefix: string, limit: number): string | undefined {
  if (entries.length > limit) return `${entries.length} entries, at most ${limit} were asked for`
  let before: string | undefined
  for (const { key } of entries) {
    if (!key.startsWith(prefix)) return `${key}, which is outside`
    if (before !== undefined && !isBelow(before, key)) return `${key} behind ${before}`
    before = key
  }
  return undefined
}

/** By the bytes of their UTF-8, without asking the code under test. */
function isBelow(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0
}

function show(version: Version | string | undefined): string {
  if (version === undefined) return 'nothing'
  if (typeof version === 'string') return JSON.stringify(version)
  return version.origin === ABOVE ? `something above ${version.time}` : `${version.time} of ${version.origin}`
}
