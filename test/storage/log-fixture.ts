/** Opens a log over a simulated disk and virtual time, and keeps what it says. */

import { SimDisk } from '../../sim/disk.ts'
import { liveEntry } from '../../src/core/entry.ts'
import type { HearsayError } from '../../src/core/errors.ts'
import { formatOrigin } from '../../src/core/origin.ts'
import { RESERVE_NAME } from '../../src/core/ports.ts'
import type { LogRecord, WriteRecord } from '../../src/core/record.ts'
import { seededRng } from '../../src/core/rng.ts'
import type { Log, LogOptions } from '../../src/storage/log-options.ts'
import { openLog } from '../../src/storage/open-log.ts'
import type { RecoveryReport } from '../../src/storage/recovery.ts'
import { VirtualTime } from './virtual-time.ts'

export const SELF: string = formatOrigin({ name: 'n1', run: 1, birth: 1000, random: 'abcdefghij' })

/** The n-th write of a test, n from 1. */
export function write(n: number, valueBytes = 8): WriteRecord {
  const value = new Uint8Array(valueBytes).fill(n)
  return { kind: 'write', origin: SELF, upTo: 1000 + n, entries: [liveEntry(`key-${n}`, 1000 + n, SELF, value)] }
}

export function writes(from: number, to: number): WriteRecord[] {
  return Array.from({ length: to - from + 1 }, (_, i) => write(from + i))
}

export interface Bench {
  readonly time: VirtualTime
  readonly disk: SimDisk
}

export function bench(seed = 1): Bench {
  const time = new VirtualTime(seededRng(seed))
  return { time, disk: new SimDisk(time) }
}

export interface Opened {
  error: HearsayError | undefined
  log: Log | undefined
  report: RecoveryReport | undefined
  readonly records: LogRecord[]
  readonly promised: number[]
  readonly durable: number[]
  readonly rooms: string[]
  readonly broken: HearsayError[]
  readonly failures: HearsayError[]
  readonly warnings: { readonly fields: object; readonly text: string }[]
}

/** Starts to open; the fields fill while time runs. */
export function beginOpen({ time, disk }: Bench, options: Partial<LogOptions> = {}): Opened {
  const opened: Opened = {
    error: undefined,
    log: undefined,
    report: undefined,
    records: [],
    promised: [],
    durable: [],
    rooms: [],
    broken: [],
    failures: [],
    warnings: [],
  }
  const ignore = (): void => {}
  openLog(
    {
      disk: disk.mount(),
      fsync: 'always',
      fsyncIntervalMs: 1000,
      segmentBytesMax: 64 * 1024 * 1024,
      timers: time,
      logger: {
        debug: ignore,
        info: ignore,
        error: ignore,
        warn: (fields, text) => opened.warnings.push({ fields, text }),
      },
      cluster: 'c',
      name: 'n1',
      rng: seededRng(7),
      onRecord: (record) => opened.records.push(record),
      events: {
        promised: (index) => opened.promised.push(index),
        durable: (index) => opened.durable.push(index),
        room: (room) => opened.rooms.push(room),
        broken: (error) => opened.broken.push(error),
        failed: (error) => opened.failures.push(error),
      },
      ...options,
    },
    (error, log, report) => Object.assign(opened, { error, log, report }),
  )
  return opened
}

/** Opens to the end. */
export function open(on: Bench, options: Partial<LogOptions> = {}): Opened {
  const opened = beginOpen(on, options)
  on.time.runUntilIdle()
  return opened
}

/** Opens, which must succeed. */
export function openWell(on: Bench, options: Partial<LogOptions> = {}): Opened & { readonly log: Log } {
  const opened = open(on, options)
  if (opened.error !== undefined) throw opened.error
  return opened as Opened & { readonly log: Log }
}

/** Appends records as one group each, from index 1, and waits until all are written. */
export function appendAll(on: Bench, log: Log, records: readonly LogRecord[]): void {
  records.forEach((record, i) => {
    log.append(i + 1, record)
    log.flush()
    on.time.runUntilIdle()
  })
}

export function close(on: Bench, log: Log): void {
  log.close((error) => {
    if (error !== undefined) throw error
  })
  on.time.runUntilIdle()
}

/** The files of a log of these records, closed well. `groups`: each record is synced before the next is made. */
export function imageOf(
  records: readonly LogRecord[],
  groups: boolean,
  segmentBytesMax = 1 << 20,
): Map<string, Uint8Array> {
  const on = bench()
  const { log } = openWell(on, { segmentBytesMax })
  if (groups) appendAll(on, log, records)
  else records.forEach((record, i) => void log.append(i + 1, record))
  close(on, log)
  const image = on.disk.image()
  image.delete(RESERVE_NAME)
  return image
}

/** Opens a log that has these files. */
export function openImage(
  image: ReadonlyMap<string, Uint8Array>,
  options: Partial<LogOptions> = {},
): Opened & { on: Bench } {
  const on = bench()
  on.disk.restore(image)
  return { ...open(on, options), on }
}
