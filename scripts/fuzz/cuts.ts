/**
 * A file of a log ends early, at each byte of it. The newest segment: what is found is a true beginning, of all records
 * that are whole, and the node then shows what one shows that has read these records one by one from the very first.
 * Any other file: the same up to the cut, and it is told as damage, with all that lies behind salvaged.
 */

import { factsOf, replicaAfter, uncoveredOf } from './state-facts.ts'
import { Tally } from './tally.ts'
import { type TrueLog, writeTrueLog } from './true-log.ts'
import { checkGoingOn, checkLosses, type Outcome, openJudged, Wrong } from './verdict.ts'

export interface CutOptions {
  /** Where it is counted. */
  readonly tally?: Tally
  readonly seed: number
  /** Of the checkpoint, about, and of the segments behind it. */
  readonly halfBytes: number
  /** The checkpoint and older segments are cut at each so many-th byte. */
  readonly every: number
  /** The first cut, counted over all files. */
  readonly from: number
  /** Ends after so many, from there on. */
  readonly count: number
  readonly part: number
  readonly parts: number
  readonly onCase?: (cut: number) => void
}

/** Of the openings, each so many-th is gone on from. */
const GO_ON_EVERY = 61

export function cuts(options: CutOptions): Tally {
  const { seed, halfBytes, every, from, count, part, parts, tally = new Tally() } = options
  const truth = writeTrueLog({ seed, halfBytes })
  const states = new States(truth)
  let cut = 0
  for (const file of truth.files) {
    const size = truth.image.get(file)?.length ?? 0
    const isNewest = file === truth.files.at(-1)
    for (let at = 0; at < size; at++) {
      const here = cut++
      if (
        here < from ||
        here >= from + count ||
        here % parts !== part ||
        (!isNewest && Math.floor((here - from) / parts) % every !== 0)
      )
        continue
      options.onCase?.(here)
      const replay = (): string =>
        `npm run fuzz -- log cuts --seed ${seed} --bytes ${2 * halfBytes} --every 1 --from ${here} --count 1`
      tally.try(replay, () => cutOne(truth, states, file, at, tally.cases % GO_ON_EVERY === 0))
    }
  }
  return tally
}

/** What is shown after each beginning of the log, looked at once. */
class States {
  readonly #truth: TrueLog
  readonly #seen = new Set<number>()

  constructor(truth: TrueLog) {
    this.#truth = truth
  }

  /** `prefix`: records of the list that were read; they were found to be the true ones. */
  check(prefix: number): void {
    const { list, story } = this.#truth
    if (prefix === 0 || this.#seen.has(prefix)) return
    this.#seen.add(prefix)
    const read = replicaAfter(list.slice(0, prefix).map(({ record }) => record))
    const lived = replicaAfter(story.slice(0, story.length - (list.length - prefix)))
    if (factsOf(read) !== factsOf(lived)) throw new Wrong(`${prefix} records lead elsewhere than the story does`)
    const uncovered = uncoveredOf(read)
    if (uncovered !== undefined) throw new Wrong(`V does not cover ${uncovered}`)
  }
}

function cutOne(truth: TrueLog, states: States, file: string, at: number, isGoneOnFrom: boolean): string {
  const bytes = truth.image.get(file) ?? new Uint8Array()
  const image = new Map(truth.image).set(file, bytes.subarray(0, at))
  const isNewest = file === truth.files.at(-1)
  let { outcome, opening } = openJudged(image, truth)
  const isRefused = outcome.kind === 'refused'
  if (isRefused) ({ outcome, opening } = openJudged(opening.disk.image(), truth))
  check(outcome, expectedOf(truth, file, at))
  checkLosses(image, outcome, truth, truth.image)
  states.check(outcome.prefix)
  if (isGoneOnFrom) checkGoingOn(opening, truth)
  const what = isNewest ? 'the newest segment' : 'other files'
  return `${what}: ${isRefused ? 'set aside, and opened at the next start' : outcome.kind}`
}

function expectedOf({ list, files, needed, headerBytes }: TrueLog, file: string, at: number): Outcome {
  const first = list.findIndex((each) => each.file === file)
  const whole = at < headerBytes ? 0 : list.filter((each) => each.file === file && each.end <= at).length
  const found = first + whole
  const isNewest = file === files.at(-1)
  if (isNewest && found >= needed) {
    const isClean = at === headerBytes || list.some((each) => each.file === file && each.end === at)
    return { kind: isClean ? 'whole' : 'torn', prefix: found, salvaged: [] }
  }
  const prefix = found >= needed ? found : 0
  const isLost = (i: number): boolean => i >= found && list[i]?.file === file
  return { kind: 'damaged', prefix, salvaged: list.map((_, i) => i).filter((i) => i >= prefix && !isLost(i)) }
}

function check({ kind, prefix, salvaged }: Outcome, expected: Outcome): void {
  if (kind !== expected.kind) throw new Wrong(`it is ${kind}, and should be ${expected.kind}`)
  if (prefix !== expected.prefix) throw new Wrong(`${prefix} records, and should be ${expected.prefix}`)
  const isSame =
    salvaged.length === expected.salvaged.length && salvaged.every((one, i) => one === expected.salvaged[i])
  if (!isSame) throw new Wrong(`${salvaged.length} records were salvaged, and should be ${expected.salvaged.length}`)
}
