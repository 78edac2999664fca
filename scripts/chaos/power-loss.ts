/**
 * Cuts the power of a real ext4 while a node writes to it, many times over, and looks at what is there when it is
 * mounted again: the journal is read back, and what was not synced is gone. Everything that a client was told must be
 * there, up to when the cut was asked for. A sync that is under way in that moment may say that it is done although it
 * is not: ext4 (Linux 6.18) did that in 6 of 40 cuts to a bare loop of `pwrite` and `fdatasync` too, each time to the
 * last one only.
 *
 * The image stands for a disk that keeps every write that it was given, in order: it loses what the file system had not
 * given it, and not what a disk had in its own memory. The simulator's disk loses that too.
 */

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Rng, seededRng } from '../../src/core/rng.ts'
import { Ledger } from './ledger.ts'
import { startLoad, told } from './load.ts'
import { PowerImage, whyNoMounts } from './mounts.ts'
import { type Served, serve } from './served.ts'

export interface PowerOptions {
  readonly rounds: number
  readonly segmentBytesMax: number
  readonly seed: number
}

/** Then a new file system and a new folder: their first moments are tried too. */
const ROUNDS_AN_IMAGE = 10
const IMAGE_MB = 64
const LANES = 8
/** A round's load lasts from the least to the most. */
const LOAD_MS = { least: 20, most: 500 }
/** A node that cannot write is given this long to say so before it is killed. */
const AFTER_CUT_MS = 100

type Say = (line: string) => void

/** Returns the number of failures. */
export async function powerLoss(say: Say, options: PowerOptions): Promise<number> {
  const why = whyNoMounts(['mkfs.ext4', 'xfs_io'])
  if (why !== undefined) {
    say(`power-loss: skipped: ${why}`)
    return 0
  }
  const test = new PowerTest(say, options)
  const beganMs = performance.now()
  while (test.rounds < options.rounds) await test.useImage()
  test.tell((performance.now() - beganMs) / 1_000)
  return test.faults
}

class PowerTest {
  readonly #say: Say
  readonly #options: PowerOptions
  readonly #rng: Rng
  rounds = 0
  faults = 0
  readonly #writes = { issued: 0, acknowledged: 0, late: 0, lateLost: 0 }

  constructor(say: Say, options: PowerOptions) {
    this.#say = say
    this.#options = options
    this.#rng = seededRng(options.seed)
  }

  /** Some rounds on one file system, each in the folder that the one before left. */
  async useImage(): Promise<void> {
    const image = new PowerImage(IMAGE_MB)
    const ledger = new Ledger()
    try {
      for (let i = 0; i < ROUNDS_AN_IMAGE && this.rounds < this.#options.rounds; i++) {
        this.rounds++
        image.mount()
        await this.#cutUnderLoad(await this.#start(image, ledger), image, ledger)
        image.unmount()
      }
      image.mount()
      const node = await this.#start(image, ledger)
      await node.stop()
    } catch (error) {
      // Such as a node that does not start: nothing more can be learned from this image.
      this.faults++
      this.#say(`FAILED in round ${this.rounds}: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      this.#writes.issued += ledger.issued
      this.#writes.acknowledged += ledger.acknowledged
      this.#writes.late += ledger.acknowledgedInDoubt
      this.#writes.lateLost += ledger.lostInDoubt
      image.remove()
    }
  }

  /** A node on the image, once everything that it shows was looked at. */
  async #start(image: PowerImage, ledger: Ledger): Promise<Served> {
    const node = await serve({ dataDir: join(image.folder, 'node'), segmentBytesMax: this.#options.segmentBytesMax })
    const faults = ledger.judge(await node.contents(), true)
    for (const fault of faults.slice(0, 5)) this.#say(`FAILED before round ${this.rounds}: ${fault}`)
    this.faults += faults.length
    return node
  }

  async #cutUnderLoad(node: Served, image: PowerImage, ledger: Ledger): Promise<void> {
    const rng = this.#rng
    const more = { lanes: LANES, keys: 40, deletes: 0.2, timeoutMs: 2_000 }
    const load = startLoad(node.client, ledger, { ...more, valueBytes: 20 + Math.floor(rng() * 2_000), rng })
    await sleep(LOAD_MS.least + rng() * (LOAD_MS.most - LOAD_MS.least))
    ledger.inDoubt = true
    await image.cutPower()
    await sleep(AFTER_CUT_MS)
    const stopped = load.stop()
    await node.kill()
    await stopped
    ledger.inDoubt = false
    if (this.rounds % 20 === 0) this.#say(`${this.rounds} rounds; last: ${told(load.outcomes)}; node: ${node.end}`)
  }

  tell(seconds: number): void {
    const { issued, acknowledged, late, lateLost } = this.#writes
    this.#say(
      `power-loss: ${this.rounds} cuts, ${issued} writes issued, ${acknowledged} acknowledged, ${this.faults} lost or false; ${late} more acknowledged after the cut was asked for, ${lateLost} of them lost; ${Math.round(seconds)} s`,
    )
  }
}
