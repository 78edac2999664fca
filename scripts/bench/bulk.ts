/**
 * An empty node joins one that is full, each in a process and with a data folder of its own, while a client writes to
 * the full one at a steady rate: how fast everything comes over, and what the client notices of it. Bare is the same
 * client on the same node before.
 */

import { join } from 'node:path'
import { bytes, type Client, connect } from '../../src/client/index.ts'
import { withFolder } from './bench-node.ts'
import type { BulkAsked, BulkTold } from './bulk-node.ts'
import { Child } from './child.ts'
import { type Bench, type BenchOptions, isMet, quantile, type Row, spread } from './rounds.ts'
import { KEY_BYTES, keyOf, keysOf } from './samples.ts'

const ENTRY_BYTES = 100
const VALUE_BYTES = ENTRY_BYTES - KEY_BYTES
const PUTS_SECOND = 500
const PACE_MS = 2
/** Keys that the client writes; none of those that are there. */
const CLIENT_KEYS = 10_000
const MODES = ['never', 'always'] as const
/** Puts that a client waits for at once before it leaves some out. */
const WAITING_MAX = 5_000

/** A client's slow puts may take twice as long while another node joins. */
const P99_RATIO_MIN = 0.5

let told = ''

export const bulk: Bench = {
  name: 'bulk',
  about: 'an empty node takes over entries of 100 bytes while a client puts 500 a second; bare: those puts before it',
  async run(options) {
    const rows: Row[] = []
    for (const fsync of MODES) rows.push(...(await withFolder(options.dir, (dir) => run(fsync, options, dir))))
    told = tableOf(rows)
    return rows
  },
  tell: () => told,
}

async function run(
  fsync: (typeof MODES)[number],
  { keys, calmMs }: BenchOptions,
  folder: string,
): Promise<readonly Row[]> {
  const full = new Child<BulkTold>('bulk-node')
  const empty = new Child<BulkTold>('bulk-node')
  const begin = (name: string, seeds: readonly string[], fill: number): BulkAsked => {
    return { name, node: { dataDir: join(folder, name), fsync, seeds }, fill, valueBytes: VALUE_BYTES }
  }
  let client: Client<Uint8Array> | undefined
  try {
    const { url } = await full.ask(begin('full', [], keys))
    client = connect(url, { codec: bytes })
    const puts = new SteadyPuts(client)
    // The first puts are for the compiler.
    await puts.during(() => pause(calmMs / 4))
    await full.ask({ tell: true })
    const before = await puts.during(() => pause(calmMs))
    const calm = await full.ask({ tell: true })
    const joined: { told?: BulkTold } = {}
    const during = await puts.during(async () => {
      joined.told = await empty.ask(begin('empty', [url], 0))
    })
    const busy = await full.ask({ tell: true })
    const ms = joined.told?.startMs ?? Number.NaN
    const perSecond = (keys * 1_000) / ms
    const row = (what: string, unit: string, ours: number, bare?: number): Row => ({
      what: `fsync ${fsync}, ${what}`,
      unit,
      better: bare === undefined ? 'more' : 'less',
      ours: [ours],
      bare: bare === undefined ? [] : [bare],
    })
    return [
      row('entries', '/s', perSecond),
      row('bytes', 'MB/s', (perSecond * ENTRY_BYTES) / 1e6),
      row('put p50', 'ms', quantile(during, 0.5), quantile(before, 0.5)),
      {
        ...row('put p99', 'ms', quantile(during, 0.99), quantile(before, 0.99)),
        goal: { ratioAtLeast: P99_RATIO_MIN },
      },
      row('put longest', 'ms', Math.max(...during), Math.max(...before)),
      row('loop held, p99', 'ms', busy.hold99Ms, calm.hold99Ms),
      row('loop held, longest', 'ms', busy.holdMaxMs, calm.holdMaxMs),
    ]
  } finally {
    await client?.close()
    await full.stop()
    await empty.stop()
  }
}

/** Puts at a steady rate whether or not those before were answered, so that a node that stands still is noticed. */
class SteadyPuts {
  readonly #client: Client<Uint8Array>
  readonly #keys = keysOf(CLIENT_KEYS, 1)
  readonly #value = new Uint8Array(VALUE_BYTES)
  #puts = 0

  constructor(client: Client<Uint8Array>) {
    this.#client = client
  }

  /** How long each put took that began until `act` was done, ms. */
  async during(act: () => Promise<void>): Promise<readonly number[]> {
    const tookMs: number[] = []
    const waiting = new Set<Promise<void>>()
    const startMs = performance.now()
    let begun = 0
    const put = async (): Promise<void> => {
      const beganMs = performance.now()
      await this.#client.put(this.#keys[this.#puts++ % CLIENT_KEYS] ?? keyOf(0, 1), this.#value)
      tookMs.push(performance.now() - beganMs)
    }
    const timer = setInterval(() => {
      for (const due = ((performance.now() - startMs) * PUTS_SECOND) / 1_000; begun < due; begun++) {
        if (waiting.size >= WAITING_MAX) continue
        const one = put().finally(() => waiting.delete(one))
        waiting.add(one)
      }
    }, PACE_MS)
    try {
      await act()
    } finally {
      clearInterval(timer)
      await Promise.all(waiting)
    }
    return tookMs
  }
}

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const { what, unit, ours, bare } = row
    const [during, before] = [spread(ours).median, spread(bare).median]
    const ratio = Number.isFinite(before) ? [before.toPrecision(3), (during / before).toFixed(2)] : ['', '']
    const text = during >= 100 ? Math.round(during).toLocaleString('en-US') : during.toPrecision(3)
    const isFine = isMet(row)
    const goal = isFine === undefined ? '' : `≤ ${1 / P99_RATIO_MIN}: ${isFine ? 'met' : 'short'}`
    return [what, unit, text, ...ratio, goal]
  })
  const all = [['', 'unit', 'during', 'before', 'during / before', 'goal'], ...lines]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? []
  return all.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n')
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
