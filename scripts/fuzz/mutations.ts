/**
 * Logs spoiled at random, thousands of ways, by a seed. A node opens them, the tools look at them and repair them:
 * nothing fails but with a code of its own, nothing hangs or reads without end, nothing is taken for true that is not,
 * and start and tools agree. Where the checksum is right, what is decoded must be a record that encodes and decodes to
 * itself.
 */

import { HearsayError } from '../../src/core/errors.ts'
import { isNodeName, parseOrigin } from '../../src/core/origin.ts'
import type { LogRecord } from '../../src/core/record.ts'
import { type Rng, seededRng } from '../../src/core/rng.ts'
import { readPrefix } from '../../src/storage/prefix-reader.ts'
import { RecordDecoder } from '../../src/storage/record-decoder.ts'
import { bodyBytesBound, encodeBody } from '../../src/storage/record-encoder.ts'
import { setAside } from '../../src/storage/set-aside.ts'
import { type LogSurvey, surveyLog } from '../../src/storage/survey.ts'
import type { Mutation } from './forgery.ts'
import { type Image, MemoryDisk } from './memory-disk.ts'
import { mutate } from './mutation.ts'
import type { Opening } from './opening.ts'
import { isSameBytes, isSameRecord } from './same-record.ts'
import { replicaAfter } from './state-facts.ts'
import { Tally } from './tally.ts'
import type { Sample } from './tools.ts'
import { type TrueLog, writeTrueLog } from './true-log.ts'
import { checkGoingOn, checkLosses, checkReads, type Outcome, openJudged, Wrong } from './verdict.ts'

export interface MutationOptions {
  /** Where it is counted. */
  readonly tally?: Tally
  readonly seed: number
  readonly count: number
  /** The first of them. */
  readonly from: number
  readonly part: number
  readonly parts: number
  readonly onCase?: (number: number) => void
  /** Takes some folders, for the tools. */
  readonly sample?: Sample[]
}

/** Logs that are mutated, each written once. */
const LOGS = 16
const HALF_BYTES = 2_000
/** Of the cases, each so many-th is gone on from. */
const GO_ON_EVERY = 61
/** Of the cases, each so many-th is also a real folder for the tools, up to this many. */
const SAMPLE_EVERY = 100
const SAMPLE_MAX = 500

export function mutations({
  seed,
  count,
  from,
  part,
  parts,
  onCase,
  sample,
  tally = new Tally(),
}: MutationOptions): Tally {
  const logs = new Map<number, TrueLog>()
  for (let number = from; number < from + count; number++) {
    if (number % parts !== part) continue
    onCase?.(number)
    const rng = rngOf(seed, number)
    const which = number % LOGS
    let truth = logs.get(which)
    if (truth === undefined) {
      truth = writeTrueLog({ seed: 1_000 * seed + which, halfBytes: HALF_BYTES })
      logs.set(which, truth)
    }
    const spoiled = mutate(truth, rng)
    const replay = (): string =>
      `npm run fuzz -- log mutations --seed ${seed} --from ${number} --count 1\n  (${spoiled.what.join('; ')})`
    const log = truth
    if (number % SAMPLE_EVERY === from % SAMPLE_EVERY && sample !== undefined && sample.length < SAMPLE_MAX)
      sample.push({ image: spoiled.image, replay: replay() })
    tally.try(replay, () => one(log, spoiled, tally, number % GO_ON_EVERY === 0))
  }
  return tally
}

function rngOf(seed: number, number: number): Rng {
  return seededRng(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b))
}

function one(truth: TrueLog, spoiled: Mutation, tally: Tally, isGoneOnFrom: boolean): string {
  const { image, forged, isHeaderForged, isNewer } = spoiled
  const survey = surveyed(image)
  let isDecoded = false
  const onForged = (record: LogRecord): void => {
    isDecoded = true
    checkValid(record, forged?.body ?? Buffer.alloc(0))
  }
  const judging = forged === undefined ? {} : { forged: forged.index, onForged }
  const { outcome, opening } = openJudged(image, truth, judging)
  if (isNewer && outcome.code !== 'ERR_LOG_FOREIGN') throw new Wrong(`a file of a newer format: ${outcome.kind}`)
  if (isDecoded) tally.count('forged bodies that are records')
  checkAgreement(outcome, opening, survey, image)
  const hasHeader = truth.files.some((name) =>
    isSameBytes(image.get(name)?.subarray(0, truth.headerBytes), truth.image.get(name)?.subarray(0, truth.headerBytes)),
  )
  if (hasHeader && !isHeaderForged && forged === undefined) checkLosses(image, outcome, truth, truth.image)
  if (outcome.kind === 'refused') {
    const again = openJudged(opening.disk.image(), truth, judging)
    const isFirst = opening.error instanceof HearsayError && /start the node again/.test(opening.error.message)
    if (isFirst === (again.outcome.kind === 'refused')) throw new Wrong(`the next start is ${again.outcome.kind}`)
  } else {
    if (isGoneOnFrom) checkGoingOn(opening, truth)
    checkReplica(opening, tally)
  }
  if (survey !== undefined) checkRepair(image, survey, truth, judging)
  return `folders: ${outcome.kind}${outcome.code === undefined ? '' : ` with ${outcome.code}`}`
}

function surveyed(image: Image): LogSurvey | undefined {
  const disk = new MemoryDisk(image)
  let found: LogSurvey | undefined
  let isOver = false
  surveyLog(disk, (error, survey) => {
    if (error !== undefined) throw error
    found = survey
    isOver = true
  })
  disk.run(() => isOver)
  if (!isOver) throw new Wrong('the survey never ends')
  checkReads(image, disk)
  return found
}

function recordsIn(image: Image, survey: LogSurvey | undefined): LogRecord[] {
  const records: LogRecord[] = []
  if (survey?.prefix === undefined) return records
  const disk = new MemoryDisk(image)
  let isOver = false
  readPrefix(disk, survey.prefix, { record: (record) => records.push(record) }, (error) => {
    if (error !== undefined) throw error
    isOver = true
  })
  disk.run(() => isOver)
  if (!isOver) throw new Wrong('reading the true beginning never ends')
  return records
}

/** What the tools say of a folder is what a start makes of it. */
function checkAgreement(
  { kind, code }: Outcome,
  { records }: Opening,
  survey: LogSurvey | undefined,
  image: Image,
): void {
  const isDamaged = survey !== undefined && survey.damageCount > 0
  const wasAside = [...image.keys()].some((name) => name.startsWith('set-aside-'))
  const isTold = kind === 'refused' || (kind === 'damaged' && !wasAside)
  if (isTold && !isDamaged) throw new Wrong(`the tools find no damage, and a start is ${kind} ${code ?? ''}`)
  if (isDamaged && kind !== 'refused' && kind !== 'damaged')
    throw new Wrong(`the tools find damage, and a start is ${kind}`)
  if (kind === 'refused') return
  const found = recordsIn(image, survey)
  const isSame = found.length === records.length && found.every((each, i) => isSameRecord(each, records[i] ?? each))
  if (!isSame) throw new Wrong(`the tools find ${found.length} true records, and a start ${records.length}`)
}

/** A repaired folder opens, and holds what was true. */
function checkRepair(image: Image, survey: LogSurvey, truth: TrueLog, judging: Parameters<typeof openJudged>[2]): void {
  if (survey.damage.some(({ code }) => code === 'ERR_LOG_FOREIGN')) return
  const before = recordsIn(image, survey)
  const disk = new MemoryDisk(image)
  let isOver = false
  setAside(disk, survey, (error) => {
    if (error !== undefined) throw error
    isOver = true
  })
  disk.run(() => isOver)
  if (!isOver) throw new Wrong('the repair never ends')
  const repaired = disk.image()
  const left = surveyed(repaired)
  if (left !== undefined && left.damageCount > 0) throw new Wrong(`repaired, and ${left.damage[0]?.what}`)
  const { outcome, opening } = openJudged(repaired, truth, judging)
  if (outcome.kind === 'refused') throw new Wrong(`repaired, and refused: ${String(opening.error)}`)
  if (opening.records.length !== before.length) throw new Wrong('repaired, and other records are found')
}

/**
 * Replays it as a node does. A record under a right checksum may be one that no node writes: that may stop it, by a
 * rule.
 */
function checkReplica({ records, salvaged }: Opening, tally: Tally): void {
  try {
    replicaAfter(records, salvaged)
  } catch (error) {
    if (!(error instanceof HearsayError)) throw error
    tally.count(`replicas that stop with ${error.code}: ${error.message}`)
  }
}

/** A record is what its bytes say, and its fields are what FORMAT.md allows. */
function checkValid(record: LogRecord, body: Buffer): void {
  // What bytes that are not UTF-8 are read as, where that is not checked.
  if (JSON.stringify(record).includes('\ufffd') && !body.includes('\ufffd')) throw new Wrong('a text that is not UTF-8')
  const bytes = Buffer.alloc(bodyBytesBound(record))
  const end = encodeBody(record, bytes, 0)
  if (end > bytes.length) throw new Wrong('a record is longer than its bound')
  const decoded = new RecordDecoder().decode(bytes, 0, end)
  if (decoded.kind !== 'record' || !isSameRecord(decoded.record, record))
    throw new Wrong('a record is not what it encodes to')
  if ('origin' in record) checkOrigin(record.origin)
  if (!('entries' in record)) return
  for (const { key, origin, time, prior, expiresAt, kind } of record.entries) {
    checkOrigin(origin)
    const keyBytes = Buffer.byteLength(key)
    if (keyBytes < 1 || keyBytes > 1_024 || Buffer.from(key).toString() !== key)
      throw new Wrong('a key that no node takes')
    if (!Number.isSafeInteger(time) || prior < 0 || (prior > 0 && prior >= time)) throw new Wrong('times out of order')
    if (expiresAt !== undefined && (kind !== 'live' || !Number.isSafeInteger(expiresAt)))
      throw new Wrong('a wrong expiry')
  }
}

function checkOrigin(origin: string): void {
  const parsed = parseOrigin(origin)
  if (parsed === undefined || !isNodeName(parsed.name)) throw new Wrong(`an origin that is none: ${origin}`)
}
