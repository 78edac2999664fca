/**
 * When operators set the clocks of nodes back, and to where: told from the records that nodes logged. What a node had
 * shown beyond that it takes back, so nobody can hold it to that; all before stays as it was.
 */

import type { LogRecord } from '../src/core/record.ts'

interface Reset {
  /** HLC: what is stamped above it is hidden. */
  readonly to: number
  readonly atMs: number
}

export class ClockResets {
  /** Node → all that ever were, in the order of time. */
  readonly #byNode = new Map<string, Reset[]>()

  /** `nowMs`: true time of the run. */
  logged(node: string, record: LogRecord, nowMs: number): void {
    if (record.kind !== 'clock') return
    const resets = this.#byNode.get(node)
    const reset = { to: record.to, atMs: nowMs }
    if (resets === undefined) this.#byNode.set(node, [reset])
    else resets.push(reset)
  }

  /** Whether a node whose log holds these does not know of its last reset. */
  isLost(node: string, records: readonly LogRecord[]): boolean {
    const last = this.#byNode.get(node)?.at(-1)
    return last !== undefined && !records.some((record) => record.kind === 'clock' && record.to === last.to)
  }

  /** Whether the node has, since then, taken back what it showed with this time. */
  hasTakenBack(node: string, time: number, sinceMs: number): boolean {
    return this.#byNode.get(node)?.some(({ to, atMs }) => atMs >= sinceMs && time > to) === true
  }
}
