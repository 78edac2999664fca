/**
 * A folder with a checkpoint that changed behind everybody's back: it is refused and stays as it is, or what is found is a
 * true prefix with all that the checkpoint needs. Never a wrong record, nor a checkpoint without the log that makes it true.
 */

import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { systemError } from '../../sim/disk-fault.ts'
import type { HearsayError } from '../../src/core/errors.ts'
import type { LogRecord } from '../../src/core/record.ts'
import { seededRng } from '../../src/core/rng.ts'
import { BackupEncoder } from '../../src/storage/backup-encoder.ts'
import { RecordGroup } from '../../src/storage/record-group.ts'
import { type RecoveryReport, recoverLog } from '../../src/storage/recovery.ts'
import { CHECKPOINT_DRAFT, encodeHeader, type Owner, segmentName } from '../../src/storage/segment.ts'
import { type Bench, bench, close, imageOf, openWell } from './log-fixture.ts'
import {
  checkpointName,
  filesOf,
  logBytes,
  logFiles,
  ModelState,
  repeatUntil,
  type StoryShape,
  stateAfter,
  story,
} from './model-state.ts'

type Options = NonNullable<Parameters<typeof openWell>[1]>
type Image = ReadonlyMap<string, Uint8Array>

const OWNER = { cluster: 'c', name: 'n1' }
const HEADER_BYTES = encodeHeader(OWNER, { kind: 'segment', number: 1, base: 0, salt: 0 }).length
const TYPE_AT = 20

interface Folder {
  readonly image: Image
  readonly records: readonly LogRecord[]
  /** How many records the checkpoint stands for, and with how many it is true. */
  readonly base: number
  readonly needed: number
  /** Of the checkpoint. */
  readonly number: number
  readonly checkpoint: string
  readonly segments: readonly string[]
}

/** A log with a checkpoint and `behind` records more. Each record was synced before the next was made. */
function folder(shape: StoryShape, segmentBytesMax: number, behind: number, options: Options = {}): Folder {
  const on = bench(2)
  const state = new ModelState()
  const { log } = openWell(on, { segmentBytesMax, state, ...options })
  const next = story(11, shape)
  const records: LogRecord[] = []
  const put = (): void => {
    const record = next.next().value
    records.push(record)
    state.apply(record)
    log.append(records.length, record)
    log.flush()
  }
  repeatUntil(
    () => log.counters.checkpointsWritten === 2,
    () => {
      if (log.pendingBytes === 0) put()
      on.time.step()
    },
  )
  for (let left = behind; left > 0; left--) {
    on.time.runUntilIdle()
    put()
  }
  close(on, log)
  return about(logFiles(on.disk), records)
}

function about(image: Image, records: readonly LogRecord[]): Folder {
  let base = 0
  let through = 0
  const onRecord = (record: LogRecord): void => {
    if (record.kind === 'base') base = record.records
    if (record.kind === 'end') through = record.through
  }
  const on = bench()
  on.disk.restore(image)
  openWell(on, { onRecord })
  const group = new RecordGroup(0)
  const needed = records.filter((record) => {
    group.add(record, 0, 0)
    return group.bytes <= through
  }).length
  const { segments, checkpoints } = filesOf(image.keys())
  const checkpoint = checkpoints[0] ?? ''
  return { image, records, base, needed, number: Number.parseInt(checkpoint, 10), checkpoint, segments }
}

interface Reading {
  error: HearsayError | undefined
  report: RecoveryReport | undefined
  readonly state: ModelState
  readonly warnings: string[]
}

/** What recovery says of these files. The disk is used again and again: making one takes longer. */
function read(on: Bench, image: Image, owner: Owner = OWNER): Reading {
  on.time.clear()
  on.disk.restore(image)
  const reading: Reading = { error: undefined, report: undefined, state: new ModelState(), warnings: [] }
  const ignore = (): void => {}
  const logger = {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (_: object, text: string) => reading.warnings.push(text),
  }
  const onRecord = (record: LogRecord): void => reading.state.apply(record)
  recoverLog({ disk: on.disk.mount(), owner, logger, salt: 1, onRecord }, (error, recovered) =>
    Object.assign(reading, { error, report: recovered?.report }),
  )
  on.time.runUntilIdle()
  return reading
}

function replaced(image: Image, name: string, bytes: Uint8Array): Image {
  return new Map(image).set(name, bytes)
}

function without(image: Image, ...names: readonly string[]): Image {
  return new Map([...image].filter(([name]) => !names.includes(name)))
}

function bytesOf(image: Image, name: string): Uint8Array {
  const bytes = image.get(name)
  if (bytes === undefined) throw new Error(`no ${name}`)
  return bytes
}

/** Refused with this code, and nothing has changed. */
function expectRefused(on: Bench, image: Image, code: string): string {
  const { error } = read(on, image)
  expect(error?.code).toBe(code)
  expect(on.disk.names()).toStrictEqual([...image.keys()].sort())
  for (const [name, bytes] of on.disk.image()) expect(Buffer.compare(bytes, bytesOf(image, name))).toBe(0)
  return error?.message ?? ''
}

/** Refused, or `least` records at least that lead to where they should. Says which. */
function expectSound(on: Bench, image: Image, { records }: Folder, least: number): 'refused' | 'prefix' {
  const { error, report, state } = read(on, image)
  if (error !== undefined) {
    if (error.code !== 'ERR_LOG_DAMAGED' && error.code !== 'ERR_LOG_FOREIGN') throw error
    for (const [name, bytes] of on.disk.image()) expect(Buffer.compare(bytes, bytesOf(image, name))).toBe(0)
    return 'refused'
  }
  const found = report?.records ?? -1
  expect(found).toBeGreaterThanOrEqual(least)
  expect(found).toBeLessThanOrEqual(records.length)
  expect(state.facts()).toBe(stateAfter(records.slice(0, found)).facts())
  return 'prefix'
}

/** About 3 kB: a checkpoint and three segments, of which it needs the beginning of the first. */
const SHAPE = { keys: 45, valueBytesMax: 30, deletes: 0.15 }
const SMALL = folder(SHAPE, 800, 18)

describe('a checkpoint and the log behind it', () => {
  it('are a folder that tests what it should', () => {
    const { image, records, base, needed, segments } = SMALL
    const bytes = [...image.values()].reduce((sum, { length }) => sum + length, 0)
    expect(bytes).toBeGreaterThan(2_000)
    expect(bytes).toBeLessThan(5_000)
    expect(segments.length).toBeGreaterThan(1)
    expect(base).toBeLessThan(needed)
    expect(needed).toBeLessThan(records.length - 5)
    const { report, state } = read(bench(), image)
    expect(report?.records).toBe(records.length)
    expect(state.facts()).toBe(stateAfter(records).facts())
  })

  it('are refused when any bit is flipped, but for the last record, which may look torn', () => {
    const on = bench()
    const { image, records, segments } = SMALL
    let refused = 0
    let torn = 0
    for (const [name, bytes] of image) {
      const changed = bytes.slice()
      const files = replaced(image, name, changed)
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        const at = bit >> 3
        changed[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7))
        if (expectSound(on, files, SMALL, records.length - 1) === 'refused') refused++
        else {
          torn++
          expect(name).toBe(segments.at(-1))
        }
        changed[at] = bytes[at] ?? 0
      }
    }
    expect(refused).toBeGreaterThan(10_000)
    expect(torn).toBeGreaterThan(100)
  })

  it('are refused when any file ends early, but for the last: that must have what the checkpoint needs', () => {
    const on = bench()
    const { image, segments, needed } = SMALL
    for (const [name, bytes] of image) {
      for (let length = 0; length < bytes.length; length++) {
        const files = replaced(image, name, bytes.slice(0, length))
        const outcome = expectSound(on, files, SMALL, needed)
        if (name !== segments.at(-1)) expect(outcome).toBe('refused')
      }
    }
  })

  it('are refused when the only segment ends before what the checkpoint needs', () => {
    const on = bench()
    const { image, segments, needed, base } = SMALL
    const [first = '', ...rest] = segments
    const alone = without(image, ...rest)
    const bytes = bytesOf(alone, first)
    const outcomes = Array.from({ length: bytes.length + 1 }, (_, length) =>
      expectSound(on, replaced(alone, first, bytes.slice(0, length)), SMALL, needed),
    )
    expect(base).toBeLessThan(needed)
    // From some length on it is enough.
    const enough = outcomes.indexOf('prefix')
    expect(enough).toBeGreaterThan(HEADER_BYTES + TYPE_AT)
    expect(outcomes.slice(enough)).not.toContain('refused')
  })

  it('never give a wrong record, whatever is written over them', () => {
    const on = bench()
    const rng = seededRng(77)
    const names = [...SMALL.image.keys()]
    const outcomes = { refused: 0, prefix: 0 }
    for (let i = 0; i < 1_500; i++) {
      const name = names[Math.floor(rng() * names.length)] ?? ''
      const bytes = bytesOf(SMALL.image, name).slice()
      const from = Math.floor(rng() * bytes.length)
      const length = Math.floor(rng() ** 2 * 600)
      const what = rng()
      if (what < 0.3) bytes.fill(0, from, from + length)
      else if (what < 0.6) for (let at = from; at < Math.min(from + length, bytes.length); at++) bytes[at] = rng() * 256
      // A write that went astray, of this file or of another.
      else {
        const other = bytesOf(SMALL.image, names[Math.floor(rng() * names.length)] ?? '')
        const start = Math.floor(rng() * other.length)
        bytes.set(other.subarray(start, start + Math.min(length, bytes.length - from)), from)
      }
      outcomes[expectSound(on, replaced(SMALL.image, name, bytes), SMALL, SMALL.needed)]++
    }
    expect(Math.min(outcomes.refused, outcomes.prefix)).toBeGreaterThan(20)
  })
})

describe('a checkpoint without the segment that it needs', () => {
  const { image, segments, checkpoint } = SMALL
  const [first = '', ...rest] = segments

  it('is refused', () => {
    const on = bench()
    expect(expectRefused(on, without(image, ...segments), 'ERR_LOG_DAMAGED')).toBe(
      `The log is damaged in ${first} at offset 0: the segment is missing, and the checkpoint needs it.`,
    )
    expect(expectRefused(on, without(image, first), 'ERR_LOG_DAMAGED')).toBe(
      `The log is damaged in ${first} at offset 0: the segment is missing, and there are later ones.`,
    )
    if (rest.length > 1) expectRefused(on, without(image, rest[0] ?? ''), 'ERR_LOG_DAMAGED')
  })

  it('is all there is when it needs none', () => {
    const on = bench()
    const state = new ModelState()
    let isTime = false
    const snapshot = (): Iterator<LogRecord> | undefined => (isTime ? state.snapshot() : undefined)
    const logged = { endTurn: () => {}, liveBytes: () => 0, snapshot }
    const { log } = openWell(on, { segmentBytesMax: 300, state: logged })
    const next = story(3, { keys: 3, valueBytesMax: 20 })
    for (let index = 1; index <= 20; index++) {
      const record = next.next().value
      state.apply(record)
      log.append(index, record)
    }
    log.flush()
    on.time.runUntilIdle()
    isTime = true
    log.flush()
    on.time.runUntilIdle()
    close(on, log)
    const { checkpoints, segments: behind } = filesOf(on.disk.names())
    expect(checkpoints).toHaveLength(1)
    const again = read(on, without(logFiles(on.disk), ...behind))
    expect(again.report).toMatchObject({ records: 20, segments: 1 })
    expect(again.state.facts()).toBe(state.facts())
  })

  it('is not found to be missing itself only when nothing else is there', () => {
    const on = bench()
    expect(expectRefused(on, without(image, checkpoint), 'ERR_LOG_DAMAGED')).toContain('00000001.log')
  })
})

describe('a file in the place of another', () => {
  const { image, records, segments, checkpoint, number, needed } = SMALL
  const [first = '', second = ''] = segments

  it('is refused when it is another segment, or the checkpoint', () => {
    const on = bench()
    expectRefused(on, replaced(image, second, bytesOf(image, first)), 'ERR_LOG_DAMAGED')
    expectRefused(on, replaced(image, first, bytesOf(image, second)), 'ERR_LOG_DAMAGED')
    expect(expectRefused(on, replaced(image, first, bytesOf(image, checkpoint)), 'ERR_LOG_DAMAGED')).toContain(
      `inside, it is checkpoint ${number}`,
    )
    expectRefused(on, replaced(image, checkpoint, bytesOf(image, first)), 'ERR_LOG_DAMAGED')
    const renamed = replaced(without(image, checkpoint), checkpointName(number + 1), bytesOf(image, checkpoint))
    expectRefused(on, renamed, 'ERR_LOG_DAMAGED')
  })

  it('is refused when it is the same segment as it was, too short for the checkpoint', () => {
    const on = bench()
    const alone = without(image, ...segments.slice(1))
    const made = encodeHeader(OWNER, {
      kind: 'segment',
      number,
      base: baseOf(bytesOf(image, first)),
      salt: saltOf(image),
    })
    const message = expectRefused(on, replaced(alone, first, made), 'ERR_LOG_DAMAGED')
    expect(message).toContain('the log ends here, and the checkpoint needs more of it')
    const torn = bytesOf(image, first).slice(0, made.length + 5)
    expect(expectRefused(on, replaced(alone, first, torn), 'ERR_LOG_DAMAGED')).toContain(
      'the checkpoint needs more of the log',
    )
  })

  it('is refused when it is of another log of this node', () => {
    const on = bench()
    const other = folder(SHAPE, 800, 18, { rng: seededRng(8) })
    expect(other.records).toStrictEqual(records)
    expect([...other.image.keys()].sort()).toStrictEqual([...image.keys()].sort())
    expect(saltOf(other.image)).not.toBe(saltOf(image))
    for (const name of [first, second, checkpoint]) {
      const message = expectRefused(on, replaced(image, name, bytesOf(other.image, name)), 'ERR_LOG_DAMAGED')
      expect(message).toContain('it belongs to another log of this node')
    }
    // Records of the other log under a header of this one.
    for (const name of [first, second, checkpoint]) {
      const mixed = Buffer.from(bytesOf(image, name))
      mixed.set(bytesOf(other.image, name).subarray(HEADER_BYTES), HEADER_BYTES)
      const outcome = expectSound(on, replaced(image, name, mixed), SMALL, needed)
      if (name !== segments.at(-1)) expect(outcome).toBe('refused')
    }
  })

  it('is refused when it is the first segment of another log, behind a backup', () => {
    const on = bench()
    const backup = new BackupEncoder(OWNER, 99)
    backup.end()
    const files = imageOf(SMALL.records.slice(0, 3), true)
    const mixed = replaced(files, checkpointName(1), backup.take(10_000))
    expect(expectRefused(on, mixed, 'ERR_LOG_DAMAGED')).toContain('it belongs to another log of this node')
    expect(read(on, without(mixed, segmentName(1))).report).toMatchObject({ records: 0, segments: 1 })
  })

  it('is refused when it is of another node or cluster', () => {
    const on = bench()
    for (const owner of [
      { cluster: 'c', name: 'n2' },
      { cluster: 'd', name: 'n1' },
    ]) {
      const { error } = read(on, image, owner)
      expect(error?.code).toBe('ERR_LOG_FOREIGN')
      expect(error?.message).toContain(checkpoint)
    }
  })

  it('is refused when only a newer version can read it', () => {
    const on = bench()
    const newer = Buffer.from(bytesOf(image, checkpoint))
    newer.writeUInt16LE(2, 8)
    newer.writeUInt32LE(crc32(newer.subarray(0, HEADER_BYTES - 4)), HEADER_BYTES - 4)
    expectRefused(on, replaced(image, checkpoint, newer), 'ERR_LOG_FOREIGN')
    // A last segment that a newer version has only begun is not the leftover of a crash.
    const last = segments.at(-1) ?? ''
    const begun = Buffer.from(bytesOf(image, last).subarray(0, HEADER_BYTES))
    begun.writeUInt16LE(2, 8)
    begun.writeUInt32LE(crc32(begun.subarray(0, HEADER_BYTES - 4)), HEADER_BYTES - 4)
    expectRefused(on, replaced(image, last, begun), 'ERR_LOG_FOREIGN')
    const typed = Buffer.from(bytesOf(image, checkpoint))
    const end = HEADER_BYTES + TYPE_AT + typed.readUInt32LE(HEADER_BYTES + 4)
    typed[HEADER_BYTES + TYPE_AT] = 200
    typed.writeUInt32LE(crc32(typed.subarray(HEADER_BYTES + 4, end), saltOf(image)), HEADER_BYTES)
    expectRefused(on, replaced(image, checkpoint, typed), 'ERR_LOG_FOREIGN')
  })
})

describe('what a crash leaves', () => {
  const later = folder(SHAPE, 800, 120)
  const { image: before } = SMALL

  it('is removed when a checkpoint stands for it', () => {
    const on = bench()
    expect(later.number).toBeGreaterThan(SMALL.number)
    // The same log, some time later: the former checkpoint and its segments are still there.
    const both = new Map([...before, ...later.image])
    both.set(segmentName(1), Buffer.from('not even a segment'))
    both.set(CHECKPOINT_DRAFT, Buffer.from('half of a checkpo'))
    both.set(`${later.checkpoint}.bak`, Buffer.from('of somebody else'))
    const { report, state, warnings } = read(on, both)
    expect(report?.records).toBe(later.records.length)
    expect(state.facts()).toBe(stateAfter(later.records).facts())
    expect(warnings).toHaveLength(0)
    expect([...logFiles(on.disk).keys()].sort()).toStrictEqual(
      [...later.image.keys(), `${later.checkpoint}.bak`].sort(),
    )
  })

  it('is read with the former checkpoint when the new one is only a draft', () => {
    const on = bench()
    const files = replaced(SMALL.image, CHECKPOINT_DRAFT, bytesOf(later.image, later.checkpoint))
    const { report, state } = read(on, files)
    expect(report?.records).toBe(SMALL.records.length)
    expect(state.facts()).toBe(stateAfter(SMALL.records).facts())
    expect([...logFiles(on.disk).keys()].sort()).toStrictEqual([...SMALL.image.keys()].sort())
  })

  it('stays when the log is refused', () => {
    const on = bench()
    const both = new Map([...before, ...later.image]).set(CHECKPOINT_DRAFT, new Uint8Array(9))
    const bytes = bytesOf(later.image, later.checkpoint).slice()
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    expectRefused(on, replaced(both, later.checkpoint, bytes), 'ERR_LOG_DAMAGED')
  })

  it('of a draft does not get into the next one', () => {
    const on = bench()
    on.disk.restore(replaced(SMALL.image, CHECKPOINT_DRAFT, new Uint8Array(100_000).fill(1)))
    // Nobody can remove it for a while.
    const stop = on.disk.onOperation((verb, name) =>
      verb === 'remove' && name === CHECKPOINT_DRAFT ? systemError('EIO', 'bad') : undefined,
    )
    const state = new ModelState()
    const { log } = openWell(on, { segmentBytesMax: 800, state, onRecord: (record) => state.apply(record) })
    stop()
    const next = story(12, SHAPE)
    repeatUntil(
      () => log.counters.checkpointsWritten > 0,
      (count) => {
        const record = next.next().value
        state.apply(record)
        log.append(count + 1, record)
        log.flush()
        on.time.runUntilIdle()
      },
    )
    close(on, log)
    expect(logBytes(on.disk)).toBeLessThan(10_000)
    expect(read(on, on.disk.image()).state.facts()).toBe(state.facts())
  })
})

function saltOf(image: Image): number {
  const [bytes = new Uint8Array()] = image.values()
  return Buffer.from(bytes).readUInt32LE(25)
}

function baseOf(bytes: Uint8Array): number {
  return Number(Buffer.from(bytes).readBigUInt64LE(16))
}
