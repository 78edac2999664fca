/**
 * Kills a writing node before each call of the system that touches its folder, one after the other, and looks at what a
 * new start finds: everything acknowledged, in a state that was true once, and nothing else. Of some of these crashes
 * it then kills the recovery in the same way, also with the write before the crash cut short, as a kill inside it
 * leaves it.
 *
 * A kill leaves the memory of the operating system as it is, so it says nothing about syncs; `power-loss.ts` does.
 */

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Rng, seededRng } from '../../src/core/rng.ts'
import { readAcknowledged } from './acknowledgements.ts'
import { Asked, inLanes } from './asked.ts'
import type { Plan } from './crash-node.ts'
import { type Expected, faultOf } from './crash-verdict.ts'
import {
  CALLS,
  callCounts,
  type KillPoint,
  killPointsOf,
  lastWriteOf,
  spread,
  WRITE_CALLS,
  wasKilledAt,
} from './kill-points.ts'
import { operationList, statesOf } from './operations.ts'
import type { Looked } from './reader.ts'
import { type Ended, runTraced, whyNoStrace } from './strace.ts'
import { undoLater } from './undo.ts'

const WRITER = fileURLToPath(new URL('./writer.js', import.meta.url))
const RUN_LIMIT_MS = 60_000
/** Operations that a recovering node does before it closes. */
const RECOVERY_WRITES = 6
/** Of one recovery. */
const RECOVERY_POINTS = 10
/** What a log may leave in its folder. */
const KEPT = /^(\d{8}\.(log|checkpoint)|reserve)$/

export interface CrashOptions {
  readonly writes: number
  readonly segmentBytesMax: number
  readonly valueBytesMax: number
  readonly pointsMax: number
  /** Crashes whose recovery is killed too. */
  readonly recoveries: number
  readonly jobs: number
  readonly seed: number
}

type Say = (line: string) => void
type Reader = Asked<Plan, Looked>

/** Of writers, or of recoveries. */
class Tally {
  points = 0
  killed = 0
  failed = 0
  torn = 0
  /** Names of files that nobody took away, and how often. */
  readonly leftovers = new Map<string, number>()
}

/** A folder of its own for each run, with the file of acknowledgements beside it. */
interface Place {
  readonly root: string
  readonly plan: Plan
  readonly trace: string
}

/** Returns the number of failures. */
export async function crashPoints(say: Say, options: CrashOptions): Promise<number> {
  const why = whyNoStrace()
  if (why === undefined) return new CrashTest(say, options).run()
  say(`crash-points: skipped: ${why}`)
  return 0
}

class CrashTest {
  readonly #say: Say
  readonly #options: CrashOptions
  readonly #expected: Expected
  readonly #root: string
  readonly #rng: Rng
  readonly #writers = new Tally()
  readonly #recoverers = new Tally()
  #places = 0

  constructor(say: Say, options: CrashOptions) {
    this.#say = say
    this.#options = options
    const operations = operationList(options.seed, options.writes, options.valueBytesMax)
    this.#expected = { operations, states: statesOf(operations) }
    this.#rng = seededRng(options.seed)
    // strace compares paths by their text.
    this.#root = realpathSync(mkdtempSync(join(tmpdir(), 'hearsay-crash-')))
  }

  async run(): Promise<number> {
    const { pointsMax, recoveries, jobs, writes } = this.#options
    const clear = undoLater(() => {
      // A child that ends with this process may still write for a moment.
      if (this.#failed === 0) rmSync(this.#root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
      else this.#say(`what failed is kept in ${this.#root}`)
    })
    const readers = Array.from({ length: jobs }, () => new Asked<Plan, Looked>('reader', (how) => ({ error: how })))
    try {
      const beganMs = performance.now()
      const all = await this.#count(this.#place(writes))
      const points = spread(all, pointsMax)
      this.#say(`${writes} operations make ${all.length} points, ${points.length} of them tried: ${callCounts(points)}`)
      const doomed = new Set(spread(points, recoveries))
      await inLanes(readers, points, async (reader, point) => {
        const place = this.#place(writes)
        await this.#kill(place, point, this.#writers)
        if (doomed.has(point)) await this.#recoveries(reader, place, point)
        await this.#judge(reader, place, this.#writers, words(point))
      })
      this.#tell((performance.now() - beganMs) / 1_000)
      return this.#failed
    } finally {
      for (const reader of readers) reader.stop()
      clear()
    }
  }

  get #failed(): number {
    return this.#writers.failed + this.#recoverers.failed
  }

  /** For `count` operations; as it is in another place, or empty. */
  #place(count: number, from?: Place): Place {
    const { seed, writes, segmentBytesMax, valueBytesMax } = this.#options
    const root = join(this.#root, String(++this.#places))
    const files = { folder: join(root, 'log'), acks: join(root, 'acks') }
    const plan = { ...files, seed, writes, count, segmentBytesMax, valueBytesMax }
    mkdirSync(root)
    if (from === undefined) writeFileSync(plan.acks, '')
    else {
      if (existsSync(from.plan.folder)) cpSync(from.plan.folder, plan.folder, { recursive: true })
      cpSync(from.plan.acks, plan.acks)
    }
    return { root, plan, trace: join(root, 'trace') }
  }

  /**
   * Lets the writer run to its end in a place, and says where it could have been killed. Throws when it does not end
   * well.
   */
  async #count({ root, plan, trace }: Place): Promise<readonly KillPoint[]> {
    const ended = await runTraced({ calls: CALLS, paths: [], out: trace }, WRITER, [JSON.stringify(plan)], RUN_LIMIT_MS)
    if (ended.code !== 0) throw new Error(`a writer that nobody killed ended with ${how(ended)}`)
    const points = killPointsOf(readFileSync(trace, 'utf8'), plan.folder)
    rmSync(root, { recursive: true })
    return points
  }

  async #kill({ plan, trace }: Place, point: KillPoint, tally: Tally): Promise<void> {
    const { call, when } = point
    const paths = point.paths(plan.folder)
    const ended = await runTraced(
      { calls: [...new Set([call, ...WRITE_CALLS])], paths, out: trace, kill: { call, when } },
      WRITER,
      [JSON.stringify(plan)],
      RUN_LIMIT_MS,
    )
    tally.points++
    if (wasKilledAt(readFileSync(trace, 'utf8'), call)) tally.killed++
    else if (ended.code !== 0) {
      tally.failed++
      this.#say(`FAILED at ${words(point)}: the writer ended with ${how(ended)}; ${plan.folder}`)
    }
  }

  /** Kills the recovery of a crash at some points, each time from the same start; and once more from a torn one. */
  async #recoveries(reader: Reader, crash: Place, point: KillPoint): Promise<void> {
    const torn = this.#torn(crash)
    for (const start of torn === undefined ? [crash] : [crash, torn]) {
      const from = `the recovery from ${words(point)}`
      for (const inner of spread(await this.#countRecovery(start, from), RECOVERY_POINTS)) {
        const place = this.#place(RECOVERY_WRITES, start)
        await this.#kill(place, inner, this.#recoverers)
        await this.#judge(reader, place, this.#recoverers, `${words(inner)} of ${from}`)
      }
    }
    if (torn !== undefined) await this.#judge(reader, torn, this.#recoverers, `${words(point)}, torn`)
  }

  async #countRecovery(start: Place, what: string): Promise<readonly KillPoint[]> {
    const place = this.#place(RECOVERY_WRITES, start)
    try {
      return await this.#count(place)
    } catch (error) {
      this.#recoverers.failed++
      this.#say(`FAILED in ${what}: ${error instanceof Error ? error.message : String(error)}; ${place.plan.folder}`)
      return []
    }
  }

  /** The same crash with the last write cut short somewhere, when it was killed before anything could rely on it. */
  #torn(crash: Place): Place | undefined {
    const trace = readFileSync(crash.trace, 'utf8')
    const last = lastWriteOf(trace, crash.plan.folder)
    if (last === undefined || last.bytes < 2 || !wasKilledAt(trace, 'fdatasync')) return undefined
    const place = this.#place(this.#options.writes, crash)
    const size = last.offset + Math.floor(this.#rng() * last.bytes)
    truncateSync(last.path.replace(crash.plan.folder, place.plan.folder), size)
    this.#recoverers.torn++
    return place
  }

  async #judge(reader: Reader, { plan, root }: Place, tally: Tally, where: string): Promise<void> {
    const { look, error } = await reader.ask(plan)
    const fault = look === undefined ? error : faultOf(look, this.#expected, readAcknowledged(plan.acks))
    for (const name of look?.names ?? []) {
      const plain = name.replace(/[0-9a-f]{32}/, '…')
      if (!KEPT.test(name)) tally.leftovers.set(plain, (tally.leftovers.get(plain) ?? 0) + 1)
    }
    if (fault === undefined) {
      rmSync(root, { recursive: true })
      return
    }
    tally.failed++
    this.#say(`FAILED at ${where}: ${fault}; ${plan.folder}`)
  }

  #tell(seconds: number): void {
    for (const { leftovers } of [this.#writers, this.#recoverers])
      for (const [name, count] of leftovers) this.#say(`left in the folder, ${count} times: ${name}`)
    const told = ({ points, killed, failed }: Tally): string =>
      `${points} points (killed at ${killed}, over before ${points - killed}), ${failed} failed`
    this.#say(
      `crash-points: writers ${told(this.#writers)}; recoveries ${told(this.#recoverers)}, ${this.#recoverers.torn} from a torn write; ${Math.round(seconds)} s`,
    )
  }
}

function words({ call, when, file }: KillPoint): string {
  return `${call} ${when} (${file})`
}

function how({ code, signal, stderr }: Ended): string {
  return `${signal ?? `exit code ${code}`} ${stderr.trim().split('\n').slice(-3).join(' | ')}`
}
