/** What test/storage/golden/format-1 holds, and how it was made. Neither ever changes: other nodes' logs are like it. */

import { type Entry, liveEntry, tombstone } from '../../src/core/entry.ts'
import { RESERVE_NAME } from '../../src/core/ports.ts'
import type { LogRecord } from '../../src/core/record.ts'
import { seededRng } from '../../src/core/rng.ts'
import { bench, close, openWell } from './log-fixture.ts'

const SELF = 'n1/1/s0/abcdefghij'
const AGAIN = 'n1/2/s9/klmnopqrst'
const PEER = 'Other-node_2.x/zz/7mz4fud0xs/0123456789'
const T = 775_736_551_211_009
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** One of each kind. */
const ENTRIES: readonly Entry[] = [
  liveEntry('plain', T, SELF, bytes('value')),
  liveEntry('empty', T + 1, SELF, new Uint8Array()),
  liveEntry('with a prior', T + 2, PEER, Uint8Array.of(0, 255, 10, 13), T - 1),
  liveEntry('expires', T + 3, SELF, bytes('{}'), 0, 1_767_225_627_324),
  liveEntry('both: é 漢 🜁', T + 4, PEER, new Uint8Array(130).fill(7), 1, Number.MAX_SAFE_INTEGER),
  tombstone('gone', T + 5, SELF),
  tombstone('gone, had a prior', T + 6, PEER, T + 5),
]

/** Of the log before the checkpoint: nobody reads them again. */
const BEFORE: readonly LogRecord[] = [
  { kind: 'origin', origin: SELF },
  { kind: 'write', origin: SELF, upTo: T, entries: ENTRIES.slice(0, 1) },
]

/** The checkpoint without its first and last record. */
const STATE: readonly LogRecord[] = [
  { kind: 'member', origin: PEER, address: 'ws://[::1]:7070' },
  { kind: 'gone', marks: ['lost/1/1/aaaaaaaaaa', 'lost.too/2/2/bbbbbbbbbb'] },
  { kind: 'origin', origin: SELF },
  {
    kind: 'commit',
    exchange: 0,
    entries: [],
    seen: [
      [SELF, T + 9],
      [PEER, T + 6],
    ],
    written: [[SELF, T + 5]],
    floor: T - 1000,
  },
  { kind: 'vector', seen: [[SELF, T + 10]] },
  { kind: 'stage', exchange: 77, entries: ENTRIES.slice(2, 4) },
  { kind: 'held', entries: ENTRIES },
]

/** The first segment behind the checkpoint, which needs all of it. */
const NEEDED: readonly LogRecord[] = [
  { kind: 'origin', origin: AGAIN },
  { kind: 'member', origin: PEER, address: '' },
  { kind: 'write', origin: AGAIN, upTo: T + 20, entries: [liveEntry('plain', T + 20, AGAIN, bytes('again'), T + 6)] },
  { kind: 'stage', exchange: 2 ** 47, entries: ENTRIES.slice(4, 5) },
  {
    kind: 'commit',
    exchange: 2 ** 47,
    entries: ENTRIES.slice(5),
    seen: [[PEER, T + 30]],
    written: [[PEER, T + 29]],
    floor: 0,
  },
]

/** The second. */
const BEHIND: readonly LogRecord[] = [
  { kind: 'mend', exchange: 78, entries: [], removed: ['empty', 'expires'], seen: [], written: [], floor: 0 },
  {
    kind: 'mend',
    exchange: 78,
    entries: ENTRIES.slice(0, 3),
    removed: ['both: é 漢 🜁'],
    seen: [
      [PEER, T + 40],
      [SELF, T + 10],
    ],
    written: [[PEER, T + 39]],
    floor: T - 500,
  },
  { kind: 'floor', floor: T },
  { kind: 'gone', marks: [PEER] },
  { kind: 'clock', to: T + 21 },
  { kind: 'vector', seen: [[AGAIN, T + 22]] },
]

export const GOLDEN_OWNER = { cluster: 'the cluster: ü', name: 'n1' } as const
/** The log before the checkpoint takes more than half of it, and each group behind takes a segment. */
const SEGMENT_BYTES_MAX = 300
/** Records of the log in all. */
export const GOLDEN_RECORDS: number = BEFORE.length + NEEDED.length + BEHIND.length
/** Positions: where the first segment begins, and where the log ended when the entries of the checkpoint were written down. */
export const GOLDEN_BASE = 111
export const GOLDEN_THROUGH = 697

/** What a reader finds, in order. */
export const GOLDEN_READ: readonly LogRecord[] = [
  { kind: 'base', records: BEFORE.length },
  ...STATE,
  { kind: 'end', through: GOLDEN_THROUGH },
  ...NEEDED,
  ...BEHIND,
]

/** The files as they were written, with a salt and delays that are always the same. */
export function writeGolden(): ReadonlyMap<string, Uint8Array> {
  const on = bench(1)
  let isDue = false
  const state = {
    liveBytes: () => (isDue ? 0 : 1_000_000),
    endTurn: () => {},
    snapshot: () => STATE.values(),
  }
  const { log } = openWell(on, { ...GOLDEN_OWNER, segmentBytesMax: SEGMENT_BYTES_MAX, state, rng: seededRng(1) })
  let index = 0
  const append = (records: readonly LogRecord[]): void => {
    for (const record of records) log.append(++index, record)
    log.flush()
  }
  append(BEFORE)
  on.time.runUntilIdle()
  isDue = true
  // While it is begun, more comes.
  log.flush()
  append(NEEDED)
  on.time.runUntilIdle()
  isDue = false
  append(BEHIND)
  close(on, log)
  const image = on.disk.image()
  image.delete(RESERVE_NAME)
  return image
}
