/** Opens a folder as a node does that starts, and keeps all that it is told. Nothing here judges. */

import type { LogRecord } from '../../src/core/record.ts'
import { type Rng, seededRng } from '../../src/core/rng.ts'
import type { LoggedState } from '../../src/storage/checkpoints.ts'
import type { Log } from '../../src/storage/log-options.ts'
import { type OpenReport, openLog } from '../../src/storage/open-log.ts'
import { type Image, MemoryDisk } from './memory-disk.ts'

export const OWNER = { cluster: 'the cluster: ü', name: 'n1' } as const
/** Far more calls than any folder here takes. */
const CALLS_MAX = 100_000

export interface Opening {
  readonly disk: MemoryDisk
  readonly records: LogRecord[]
  readonly salvaged: LogRecord[]
  readonly warnings: string[]
  error: unknown
  log: Log | undefined
  report: OpenReport | undefined
  /** It called back. */
  isOver: boolean
}

export interface OpenSettings {
  readonly segmentBytesMax: number
  readonly state?: LoggedState
  /** Without it, as at any start: another one than when the log was begun. */
  readonly rng?: Rng
}

/** Opens to the end; what the log does by itself later has not happened yet. Throws what the code under test throws. */
export function openAll(image: Image, { segmentBytesMax, state, rng = seededRng(99) }: OpenSettings): Opening {
  const disk = new MemoryDisk(image)
  const opening: Opening = {
    disk,
    records: [],
    salvaged: [],
    warnings: [],
    error: undefined,
    log: undefined,
    report: undefined,
    isOver: false,
  }
  const ignore = (): void => {}
  const note = (_: object, text: string): void => void opening.warnings.push(text)
  openLog(
    {
      disk,
      fsync: 'always',
      fsyncIntervalMs: 1_000,
      segmentBytesMax,
      timers: disk,
      logger: { debug: ignore, info: ignore, warn: note, error: note },
      ...OWNER,
      state,
      rng,
      onRecord: (record) => opening.records.push(record),
      onSalvage: (record) => opening.salvaged.push(record),
      events: { promised: ignore, durable: ignore, room: ignore, broken: ignore, failed: ignore },
    },
    (error, log, report) => Object.assign(opening, { error, log, report, isOver: true }),
  )
  disk.run(() => opening.isOver, CALLS_MAX)
  return opening
}
