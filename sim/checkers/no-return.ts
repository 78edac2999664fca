/**
 * I6: what a read has shown as deleted stays deleted, until somebody writes the key anew. Judged by what clients read at a
 * node, over all its restarts. A crash may take a delete that was shown before it was durable.
 */

import { compareVersions, type Entry, type Version } from '../../src/core/entry.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'
import type { Call } from '../history.ts'

interface Gone {
  readonly version: Version
  readonly atMs: number
}

export function noReturn({ world, ledger }: Scene): Checker {
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
        const shown = host?.replica.store.shown(key)
        if (shown === undefined || compareVersions(shown, version) < 0) throw returned(name, key, version, shown)
      }
    },
    crashed({ name }) {
      lostMs.set(name, world.nowMs)
      const keys = gone.get(name)
      if (keys === undefined) return
      const durable = shownByDisk(name)
      for (const [key, { version }] of [...keys]) if (!durable.has(nameOf(key, version))) keys.delete(key)
    },
  }
  /** What the durable part of the log of this node shows, and showed. */
  const shownByDisk = (name: string): ReadonlySet<string> => {
    const shown = new Set<string>()
    let staged: string[] = []
    for (const record of ledger.recordsOf(name).slice(0, ledger.durable.get(name) ?? 0)) {
      if (!('entries' in record)) continue
      const names = record.entries.map((entry) => nameOf(entry.key, entry))
      if (record.kind === 'stage') staged.push(...names)
      else for (const one of [...names, ...(record.kind === 'commit' ? staged : [])]) shown.add(one)
      if (record.kind === 'commit') staged = []
    }
    return shown
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
    const before = keys.get(entry.key)
    if (before !== undefined && before.atMs <= call.calledMs && compareVersions(entry, before.version) < 0) {
      throw returned(call.node, entry.key, before.version, entry)
    }
    if (entry.kind === 'live') return
    if (before === undefined || compareVersions(entry, before.version) > 0)
      keys.set(entry.key, { version: entry, atMs: call.endedMs })
  }
  return checker
}

function nameOf(key: string, { time, origin }: Version): string {
  return `${key} ${time} ${origin}`
}
