/**
 * I10, as far as it is built: while its connection lasts. A watch tells rising versions of a key, nothing twice; and when
 * all is over it has told the newest of every key, deletes included. That is judged at the end alone: before it the last
 * events may be on their way. Where an operator set a clock back that ran far ahead, what was told of later times is taken
 * back, and what had expired by it may show again.
 */

import { hlcFromUnixMs } from '../../src/core/clock.ts'
import { compareVersions, type Entry } from '../../src/core/entry.ts'
import { type Checker, type Scene, Violation } from '../checker.ts'

interface Told {
  /** By key, the newest that came. */
  readonly entries: Map<string, Entry>
  readonly prefix: string
  readonly beganMs: number
  isReady: boolean
}

/** What showed so shortly before the end may still be on its way to a watcher, ms. */
const ON_ITS_WAY_MS = 1_000

export function watches(scene: Scene): Checker {
  const { world, clients, nodes, ledger } = scene
  /** Entries that showed when clients had nothing more to ask, and when: for each node that shows them, one. */
  const late = new Map<Entry, number>()
  /** The same by key: what a watcher is told of an expiry is no entry that anybody holds. */
  const lateKeys = new Map<string, number>()
  /** Client → what the watch that it has now told. */
  const told = new Map<string, { readonly name: string; readonly watch: Told }>()
  const checker: Checker = {
    id: 'I10',
    rule: 'a watch tells rising versions of each key, nothing twice, and at last the newest of each',
    watched({ client, connection, watch: id, node, prefix, entries, ready }) {
      const name = `${connection} ${id}`
      let watch = told.get(client)?.name === name ? told.get(client)?.watch : undefined
      if (watch === undefined) {
        watch = { entries: new Map(), prefix, beganMs: world.nowMs, isReady: false }
        told.set(client, { name, watch })
      }
      for (const entry of entries) {
        const before = watch.entries.get(entry.key)
        if (!entry.key.startsWith(prefix))
          throw new Violation(checker, `${client} watches ${prefix} at ${node} and is told of ${entry.key}`)
        const isOdd = before !== undefined && !isNews(entry, before) && !ledger.isCornered(entry.key)
        if (isOdd && !ledger.resets.hasTakenBack(node, goneAt(before), watch.beganMs))
          throw new Violation(
            checker,
            `${client} is told ${show(entry)} of ${entry.key} by ${node}, after ${show(before)}`,
          )
        watch.entries.set(entry.key, entry)
      }
      if (ready && watch.isReady)
        throw new Violation(checker, `${client} is told twice by ${node} that its watch is ready`)
      watch.isReady ||= ready
    },
    stepped(_node, _now, _input, effects) {
      if (scene.phase === 'chaos') return
      for (const effect of effects) {
        if (effect.kind !== 'notify') continue
        for (const entry of effect.entries) {
          late.set(entry, world.nowMs)
          lateKeys.set(entry.key, world.nowMs)
        }
      }
    },
    finish() {
      for (const client of clients) {
        const open = client.watch
        const last = told.get(client.name)
        const node = nodes.find(({ name }) => name === client.node)
        const host = node?.host
        // Some have not noticed yet that the node they talk to is no more.
        if (open === undefined || host === undefined || client.openedMs < (node?.startedMs ?? 0)) continue
        if (!open.ready || last?.name !== `${client.connection} ${open.id}`)
          throw new Violation(checker, `the watch of ${client.name} at ${client.node} was never ready`)
        for (const entry of host.replica.store.all()) {
          const shown = host.get(entry.key)
          if (shown === undefined || !entry.key.startsWith(open.prefix)) continue
          if (world.nowMs - (late.get(shown) ?? 0) < ON_ITS_WAY_MS) continue
          const heard = last.watch.entries.get(entry.key)
          // The state at the start names live keys only.
          if (heard === undefined && shown.kind === 'tombstone') continue
          if (heard === undefined || compareVersions(heard, shown) !== 0 || heard.kind !== shown.kind) {
            throw new Violation(
              checker,
              `${client.name} was told ${show(heard)} of ${entry.key} by ${client.node}, which shows ${show(shown)}`,
            )
          }
        }
        const { clock } = node ?? {}
        const readMs = clock === undefined ? 0 : host.replica.readMs({ wallMs: clock.wallMs(), monoMs: clock.monoMs() })
        for (const [key, heard] of last.watch.entries) {
          if (heard.kind === 'tombstone' || host.get(key) !== undefined) continue
          // It expired just now, by the clock of a node.
          if (heard.expiresAt !== undefined && heard.expiresAt > readMs - ON_ITS_WAY_MS) continue
          if (world.nowMs - (lateKeys.get(key) ?? 0) < ON_ITS_WAY_MS) continue
          throw new Violation(
            checker,
            `${client.name} was told ${show(heard)} of ${key} by ${client.node}, and not that it is gone`,
          )
        }
      }
    },
  }
  return checker
}

/** What a watcher believes of a key since the clock was there: HLC. */
function goneAt({ time, expiresAt }: Entry): number {
  return expiresAt === undefined ? time : Math.max(time, hlcFromUnixMs(expiresAt))
}

/** A newer version, or that the same one is not there any more. */
function isNews(entry: Entry, before: Entry): boolean {
  const order = compareVersions(entry, before)
  return order > 0 || (order === 0 && entry.kind === 'tombstone' && before.kind === 'live')
}

function show(entry: Entry | undefined): string {
  return entry === undefined ? 'nothing' : `${entry.kind} ${entry.time} of ${entry.origin}`
}
