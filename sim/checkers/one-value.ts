/** I5: nobody makes values up. What readers see was asked for by a client, and one version never has two contents. */

import type { Entry } from '../../src/core/entry.ts'
import { nameOf } from '../../src/core/origin.ts'
import type { Effect } from '../../src/core/step.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'
import type { Ledger } from '../ledger.ts'

export function oneValue({ ledger }: Scene): Checker {
  /** Writes that show at their author before it has logged them. */
  let early: { readonly node: string; readonly entry: Entry }[] = []
  const checker: Checker = {
    id: 'I5',
    rule: 'every value that shows was written by a client, and one version of a key has one value on all nodes',
    stepped(node, _now, _input, effects) {
      for (const effect of effects) {
        if (effect.kind !== 'notify') continue
        for (const entry of effect.entries) {
          // A node shows an own write before its turn is over; what comes from others was stamped by its author before.
          if (isDeparture(ledger, entry)) continue
          if (ledger.stamped(entry)) expectAsked(node.name, entry)
          else if (nameOf(entry.origin) === node.name) early.push({ node: node.name, entry })
          else throw unstamped(node.name, entry)
        }
      }
      if (early.length > 0 && effects.some(isAppend)) settle()
    },
    crashed({ name }) {
      // What was shown and never logged is gone with its process; nobody else may show it.
      if (early.length > 0) early = early.filter(({ node }) => node !== name)
    },
    finish() {
      for (const { node, entry } of early) throw unstamped(node, entry)
    },
  }
  const settle = (): void => {
    for (const { node, entry } of early.splice(0)) {
      if (ledger.stamped(entry)) expectAsked(node, entry)
      else early.push({ node, entry })
    }
  }
  const unstamped = (name: string, entry: Entry): Violation =>
    new Violation(checker, `${name} shows ${show(entry)}, which its author never wrote with this content`)
  const expectAsked = (name: string, entry: Entry): void => {
    if (entry.kind === 'live' && ledger.asked.get(entry.key)?.has(text(entry)) !== true)
      throw new Violation(checker, `${name} shows ${show(entry)}, which no client wrote`)
  }
  return checker
}

/** Watchers are told that a value is gone, by its own version, when it expired or was dead. */
function isDeparture(ledger: Ledger, entry: Entry): boolean {
  return entry.kind === 'tombstone' && ledger.writeAt(entry)?.kind === 'live'
}

function text(entry: Entry): string {
  if (entry.kind === 'tombstone') return '(deleted)'
  let text = ''
  for (const byte of entry.value) text += String.fromCharCode(byte)
  return text
}

function isAppend({ kind }: Effect): boolean {
  return kind === 'append'
}

function show(entry: Entry): string {
  return `${JSON.stringify(text(entry))} for ${entry.key} at ${entry.time} of ${entry.origin}`
}
