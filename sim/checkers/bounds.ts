/**
 * I13, as far as it is built: what waits for a slow disk or a slow link stays within its limits, as do the files of a log,
 * and no operator waits for ever.
 */

import { RESERVE_NAME } from '../../src/core/ports.ts'
import type { Effect } from '../../src/core/step.ts'
import { fileNumber } from '../../src/storage/segment.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'
import type { Order } from '../orders.ts'
import { HOST_LIMITS, LINK_LIMITS, SEGMENT_BYTES_MAX, type SimNode } from '../sim-node.ts'

/** A queue is looked at before something is added: it passes its limit by the longest single thing. */
const ONE_MORE_BYTES = 8 * 1024
/** By the clock of the node that was asked; above what it gives a peer, and a tick, ms. */
const ANSWER_WITHIN_MS = 62_000

/** Disks with these do not always let a checkpoint be written, or hold what a repair has set aside. */
const NO_CHECKPOINT: ReadonlySet<string> = new Set(['failedSync', 'shortWrite', 'fullDisk'])

/** What a node held lately: now and when its latest two checkpoints were written. */
interface Live {
  checkpoints: number
  now: number
  before: number
}

export function bounds({ plan, nodes, network, history }: Scene): Checker {
  const logMax = HOST_LIMITS.logPendingBytesMax + ONE_MORE_BYTES
  const linkMax = LINK_LIMITS.linkQueueBytesMax + ONE_MORE_BYTES
  const checker: Checker = {
    id: 'I13',
    rule: 'whatever is slow, what waits for it stays within stated limits',
    // What fills between two samples may be drained before the second: each step looks.
    stepped(node, _now, _input, effects) {
      diskOf(node)
      // Of the links, whoever has just said something: what it said is still to be added to what it said before.
      if (effects.some(isSend)) linksOf(node)
    },
    sample() {
      for (const node of nodes) {
        if (node.host === undefined) continue
        diskOf(node)
        linksOf(node)
        logOf(node)
      }
      for (const order of history.waiting) answerOf(order)
    },
  }
  const diskOf = ({ name, host }: SimNode): void => {
    const pending = host?.logPendingBytes ?? 0
    if (pending > logMax)
      throw new Violation(checker, `${pending} bytes wait for the disk of ${name}, at most ${logMax} may`)
  }
  const lives = new WeakMap<object, Live>()
  const isWeak = new Set(
    plan.steps.flatMap((step) => (NO_CHECKPOINT.has(step.kind) && 'node' in step ? [step.node] : [])),
  )
  const logOf = ({ name, host, disk, isServing }: SimNode): void => {
    if (host === undefined || !isServing || isWeak.has(name) || disk.isDamaged) return
    const { replica } = host
    const { checkpointsWritten: checkpoints = 0 } = host.status().counters
    let live = lives.get(replica)
    if (live === undefined) {
      live = { checkpoints, now: 0, before: 0 }
      lives.set(replica, live)
    }
    if (checkpoints > live.checkpoints) {
      live.checkpoints = checkpoints
      live.before = live.now
      live.now = 0
    }
    const written = disk.names().filter((file) => fileNumber('checkpoint', file) !== undefined)
    const sizes = written.map((file) => disk.find(file)?.size ?? 0)
    live.now = Math.max(live.now, replica.store.bytes, ...sizes)
    // What goes out at once may pass the limits of the log: when a checkpoint becomes due, and while it is written.
    const most = 3 * Math.max(live.now, live.before) + 2 * SEGMENT_BYTES_MAX + 2 * logMax
    const bytes = disk.usedBytes - (disk.find(RESERVE_NAME)?.size ?? 0)
    if (bytes > most) throw new Violation(checker, `the log of ${name} takes ${bytes} bytes, at most ${most} may be`)
  }
  const answerOf = ({ kind, node: name, start, askedMs }: Order): void => {
    const node = nodes.find((one) => one.name === name)
    // A process that has ended answers nobody, nor does one that stands still.
    if (node?.host === undefined || node.starts !== start || node.isPaused) return
    const waitedMs = Math.round(node.clock.monoMs() - askedMs)
    if (waitedMs > ANSWER_WITHIN_MS)
      throw new Violation(checker, `${name} has not answered a ${kind} for ${waitedMs} ms, ${ANSWER_WITHIN_MS} at most`)
  }
  const linksOf = ({ name }: SimNode): void => {
    const queued = network.queuedMost(name)
    if (queued > linkMax)
      throw new Violation(checker, `${queued} bytes wait in a link of ${name}, at most ${linkMax} may`)
  }
  return checker
}

function isSend({ kind }: Effect): boolean {
  return kind === 'send'
}
