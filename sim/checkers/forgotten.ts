/**
 * I11, as far as it is built: a mark is final. Judged by the marks in each node's own log, over all its restarts: of a name
 * that it has forgotten a node counts later runs only as a member.
 */

import { compareRuns, nameOf, type OriginId, parseOrigin } from '../../src/core/origin.ts'
import type { LogRecord } from '../../src/core/record.ts'
import { type Checker, type Scene, serving, Violation } from '../checker.ts'
import type { SimNode } from '../sim-node.ts'

/** Name → the greatest run of it that is forgotten. */
type Marks = Map<string, OriginId>

export function forgotten({ nodes, ledger }: Scene): Checker {
  /** Node → what its log says. */
  const marks = new Map<string, Marks>()
  const checker: Checker = {
    id: 'I11',
    rule: 'a run that a node has forgotten never becomes a member there again, whatever comes late and however often it restarts',
    stepped({ name }, _now, _input, effects) {
      for (const effect of effects) if (effect.kind === 'append') note(name, effect.record)
    },
    sample() {
      for (const { node } of serving(nodes)) check(node)
    },
    crashed({ name }) {
      marks.delete(name)
      for (const record of ledger.durableRecordsOf(name)) note(name, record)
    },
    replayed(node) {
      check(node)
    },
  }
  const note = (name: string, record: LogRecord): void => {
    if (record.kind !== 'gone') return
    const ofNode = marks.get(name) ?? new Map()
    marks.set(name, ofNode)
    for (const mark of record.marks) {
      const before = ofNode.get(nameOf(mark))
      if (before === undefined || isUpTo(before, mark)) ofNode.set(nameOf(mark), mark)
    }
  }
  const check = ({ name, host }: SimNode): void => {
    for (const [one, mark] of marks.get(name) ?? []) {
      const run = host?.replica.members.get(one)?.row.origin
      if (run !== undefined && isUpTo(run, mark))
        throw new Violation(checker, `${name} has forgotten ${mark}, and counts ${run} as a member`)
    }
  }
  return checker
}

/** Whether the run is this one or a former one of its name. */
function isUpTo(run: OriginId, mark: OriginId): boolean {
  const [mine, theirs] = [parseOrigin(run), parseOrigin(mark)]
  return mine !== undefined && theirs !== undefined && compareRuns(mine, theirs) <= 0
}
