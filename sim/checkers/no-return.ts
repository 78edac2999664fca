/**
 * I6: what a read has shown as deleted stays deleted, until somebody writes the key anew. Judged by what clients read at a
 * node, over all its restarts. A crash may take a delete that was shown before it was durable, and an operator one that was
 * stamped by a clock far ahead.
 */

import { compareVersions, type Entry, type Version } from '../../src/core/entry.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'
import type { Call } from '../history.ts'
import { mayShow, whereabouts } from '../whereabouts.ts'

interface Gone {
  readonly version: Version
  /** When the read was asked, and when it was answered. */
  readonly askedMs: number
  readonly atMs: number
}

export function noReturn({ world, nodes, ledger }: Scene): Checker {
  /** Node → key → the newest tombstone that a read there has shown. */
  const gone = new Map<string, Map<string, Gone>>()
  /** Node → when its process last ended. */
  const lostMs = new Map<string, number>()
  const checker: Checker = {
    id: 'I6',
    rule: 'once a read shows a key as deleted, nothing older than the delete shows again there',
    ended(call) {
      if (call.outcome !== 'ok') return
      const { operation } = call
      if (operation.kind === 'get' && call.entry !== undefined) judge(call, call.entry)
      else if (operation.kind === 'scan') for (const entry of call.entries ?? []) judge(call, entry)
    },
    replayed({ name, host }) {
      for (const [key, { version }] of gone.get(name) ?? []) {
        if (host === undefined || whereabouts(ledger, host.replica, key, version) !== 'missing') continue
        throw returned(name, key, version, host.replica.store.shown(key))
      }
    },
    crashed({ name }) {
      lostMs.set(name, world.nowMs)
      const keys = gone.get(name)
      if (keys === undefined) return
      const kept = keptByDisk(name, keys)
      for (const key of [...keys.keys()]) if (!kept.has(key)) keys.delete(key)
    },
  }
  /** Those of `keys` whose tombstone is in the durable part of the log of this node. */
  const keptByDisk = (name: string, keys: ReadonlyMap<string, Gone>): ReadonlySet<string> => {
    const kept = new Set<string>()
    const keep = (entries: readonly Entry[]): void => {
      for (const { key, time, origin } of entries) {
        const version = keys.get(key)?.version
        if (version?.time === time && version.origin === origin) kept.add(key)
      }
    }
    const records = ledger.recordsOf(name)
    const end = ledger.durable.get(name) ?? 0
    let staged: Entry[] = []
    for (let at = 0; at < end; at++) {
      const record = records[at]
      if (record?.kind === 'stage') staged.push(...record.entries)
      else if (record?.kind === 'write' || record?.kind === 'commit' || record?.kind === 'mend') keep(record.entries)
      if (record?.kind !== 'commit' && record?.kind !== 'mend') continue
      keep(staged)
      staged = []
    }
    return kept
  }
  const returned = (node: string, key: string, { time, origin }: Version, now: Entry | undefined): Violation => {
    const what = now === undefined ? 'nothing' : `${now.kind} ${now.time} of ${now.origin}`
    return new Violation(checker, `${node} showed ${key} as deleted at ${time} of ${origin}, and then ${what}`)
  }
  const judge = (call: Call, entry: NonNullable<Call['entry']>): void => {
    // An answer of the run that ended, late on its way.
    if (call.calledMs < (lostMs.get(call.node) ?? 0)) return
    const keys = gone.get(call.node) ?? new Map<string, Gone>()
    gone.set(call.node, keys)
    const last = keys.get(entry.key)
    const isBack = last !== undefined && ledger.resets.hasTakenBack(call.node, last.version.time, last.askedMs)
    if (isBack) keys.delete(entry.key)
    const before = isBack ? undefined : last
    const isOlder = before !== undefined && before.atMs <= call.calledMs && compareVersions(entry, before.version) < 0
    if (isOlder && !mayReturn(call.node, entry, before.version)) {
      throw returned(call.node, entry.key, before.version, entry)
    }
    if (entry.kind === 'live') return
    if (before === undefined || compareVersions(entry, before.version) > 0)
      keys.set(entry.key, { version: entry, askedMs: call.calledMs, atMs: call.endedMs })
  }
  const mayReturn = (name: string, entry: Entry, version: Version): boolean => {
    const { replica } = nodes.find((node) => node.name === name)?.host ?? {}
    // The process that answered may have ended since.
    return replica === undefined || mayShow(ledger, replica, entry.key, version, entry)
  }
  return checker
}
