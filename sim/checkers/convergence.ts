/** I3: all nodes agree once faults are over, and on the right value: the greatest version of what was promised. */

import { compareVersions, type Entry } from '../../src/core/entry.ts'
import { type Checker, type Scene, serving, Violation } from '../checker.ts'

export function convergence({ nodes, ledger }: Scene): Checker {
  const checker: Checker = {
    id: 'I3',
    rule: 'when faults are over, all nodes soon hold the same entries, and for each key the newest acknowledged write',
    finish() {
      const running = [...serving(nodes)]
      if (running.length < nodes.length)
        throw new Violation(checker, `only ${running.length} of ${nodes.length} nodes serve`)
      const [first, ...others] = running
      if (first === undefined) return
      const held = new Map(
        [...first.replica.store.all()].map((entry) => [entry.key, first.replica.store.held(entry.key)]),
      )
      for (const { node, replica } of others) {
        const keys = new Set([...replica.store.all()].map((entry) => entry.key))
        if (keys.size !== held.size) {
          throw new Violation(checker, `${node.name} holds ${keys.size} keys, ${first.node.name} ${held.size}`)
        }
        for (const [key, entry] of held) {
          const theirs = replica.store.held(key)
          if (
            theirs === undefined ||
            entry === undefined ||
            compareVersions(theirs, entry) !== 0 ||
            theirs.kind !== entry.kind
          ) {
            throw new Violation(
              checker,
              `key ${key}: ${first.node.name} holds ${show(entry)}, ${node.name} ${show(theirs)}`,
            )
          }
        }
      }
      for (const write of ledger.promisedWrites()) {
        const entry = held.get(write.key)
        if (entry === undefined || compareVersions(entry, write) < 0) {
          throw new Violation(checker, `key ${write.key}: ${show(write)} was acknowledged, all hold ${show(entry)}`)
        }
      }
    },
  }
  return checker
}

function show(entry: Entry | undefined): string {
  return entry === undefined ? 'nothing' : `${entry.kind} ${entry.time} of ${entry.origin}`
}
