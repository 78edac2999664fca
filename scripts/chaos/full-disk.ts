/**
 * Fills the disk under a node that serves clients, looks at what they are told, then makes room and looks whether the
 * node goes on by itself. Then again, with a kill and a start while the disk is full. Nothing acknowledged may be lost,
 * and nothing refused with nothing changed may show.
 */

import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRng } from '../../src/core/rng.ts'
import { Ledger } from './ledger.ts'
import { count, type Load, type Outcomes, startLoad, told, write } from './load.ts'
import { mountMemory, whyNoMounts } from './mounts.ts'
import { type Served, serve } from './served.ts'

export interface FullOptions {
  readonly megabytes: number
  /** Given back when the disk has been full for a while. */
  readonly fillerMb: number
  readonly segmentBytesMax: number
  readonly seed: number
}

const FULL_WAIT_MS = 60_000
const LOOK_FULL_MS = 3_000
const HEAL_WAIT_MS = 30_000
const CALL_TIMEOUT_MS = 2_000
/** What a status says about the disk. */
const OF_THE_DISK = /disk|room|full|log|segment|checkpoint|keys/i
const MORE_WRITES = 300
const MB = 1024 * 1024

type Say = (line: string) => void

/** Returns the number of failures. */
export async function fullDisk(say: Say, options: FullOptions): Promise<number> {
  const why = whyNoMounts()
  if (why !== undefined) {
    say(`full-disk: skipped: ${why}`)
    return 0
  }
  let faults = 0
  for (const isKilled of [false, true]) {
    say(isKilled ? 'with a kill and a start while the disk is full:' : 'room is made under the running node:')
    faults += await new FullDisk((line) => say(`  ${line}`), options).run(isKilled)
  }
  say(`full-disk: ${faults} lost, false, or not mended by itself`)
  return faults
}

class FullDisk {
  readonly #say: Say
  readonly #options: FullOptions
  readonly #ledger = new Ledger()
  #faults = 0

  constructor(say: Say, options: FullOptions) {
    this.#say = say
    this.#options = options
  }

  async run(isKilled: boolean): Promise<number> {
    const { megabytes, fillerMb } = this.#options
    const disk = mountMemory(megabytes)
    try {
      const filler = join(disk.folder, 'filler')
      writeFileSync(filler, Buffer.alloc(fillerMb * MB, 1))
      let node = await this.#start(disk.folder)
      await this.#fill(node, disk.folder)
      await this.#lookWhileFull(node)
      if (isKilled) {
        await node.kill()
        node = await this.#startWhileFull(disk.folder)
      }
      rmSync(filler, { force: true })
      node = await this.#mended(node, disk.folder)
      await this.#judge(node, 'with room again')
      await this.#writeSome(node)
      await this.#judge(node, 'after more writes', true)
      this.#say(`stopped: ${await node.stop()}`)
      node = await this.#start(disk.folder)
      await this.#judge(node, 'after a restart', true)
      await node.kill()
      return this.#faults
    } finally {
      disk.remove()
    }
  }

  #start(folder: string): Promise<Served> {
    return serve({ dataDir: join(folder, 'node'), segmentBytesMax: this.#options.segmentBytesMax })
  }

  #load(node: Served): Load {
    const rng = seededRng(this.#options.seed)
    // More keys than fit, so that no cleaning makes room for ever.
    const more = { lanes: 8, keys: 100_000, valueBytes: 1_000, deletes: 0.1, timeoutMs: CALL_TIMEOUT_MS }
    return startLoad(node.client, this.#ledger, { ...more, rng })
  }

  /** Until a write is refused, and a moment longer. */
  async #fill(node: Served, folder: string): Promise<void> {
    const load = this.#load(node)
    const beganMs = performance.now()
    while (performance.now() - beganMs < FULL_WAIT_MS && [...load.outcomes.keys()].every((outcome) => outcome === 'ok'))
      await sleep(10)
    await sleep(500)
    await load.stop()
    const { bavail, bsize } = statfsSync(folder)
    this.#say(`filled: writes ${told(load.outcomes)}; ${Math.round((bavail * bsize) / 1024)} KiB left`)
  }

  /** What clients are told: keys that are there are read, new ones put, old ones deleted. */
  async #lookWhileFull(node: Served): Promise<void> {
    const reads: Outcomes = new Map()
    const puts: Outcomes = new Map()
    const deletes: Outcomes = new Map()
    const beganMs = performance.now()
    const keys = this.#ledger.keys
    for (let i = 0; performance.now() - beganMs < LOOK_FULL_MS && node.end === undefined; i++) {
      const key = keys[(i * 31) % keys.length] ?? ''
      count(reads, await this.#read(node, key))
      const timeoutMs = CALL_TIMEOUT_MS
      count(puts, await write(node.client, this.#ledger, { key: `full/${i}`, valueBytes: 1_000, timeoutMs }))
      count(deletes, await write(node.client, this.#ledger, { key, timeoutMs }))
      await sleep(20)
    }
    this.#say(`full: reads ${told(reads)}; puts ${told(puts)}; deletes ${told(deletes)}`)
    this.#say(`node: ${node.end ?? 'runs'}`)
    if (node.end !== undefined) return
    try {
      const { counters, ...status } = await node.client.admin.status({ timeout: CALL_TIMEOUT_MS })
      const some = [...Object.entries(status), ...Object.entries(counters)].filter(([name]) => OF_THE_DISK.test(name))
      this.#say(`status: ${JSON.stringify(Object.fromEntries(some))}`)
    } catch (error) {
      this.#fault(`no status: ${String(error)}`)
    }
  }

  async #read(node: Served, key: string): Promise<string> {
    try {
      const fault = this.#ledger.faultOf(key, await node.client.get(key, { timeout: CALL_TIMEOUT_MS }))
      if (fault === undefined) return 'ok'
      this.#fault(`a read: ${fault}`)
      return 'false'
    } catch (error) {
      return (error as { code?: string }).code ?? String(error)
    }
  }

  /** A node that does not start on a full disk must say why; that is no failure. */
  async #startWhileFull(folder: string): Promise<Served> {
    try {
      const node = await this.#start(folder)
      this.#say('started while full')
      await this.#judge(node, 'started while full', true)
      await this.#lookWhileFull(node)
      return node
    } catch (error) {
      this.#say(`full: ${error instanceof Error ? error.message : String(error)}`)
      rmSync(join(folder, 'filler'))
      return this.#start(folder)
    }
  }

  /** The node that takes writes again: the same, when it did so by itself. */
  async #mended(node: Served, folder: string): Promise<Served> {
    const beganMs = performance.now()
    const puts: Outcomes = new Map()
    while (node.end === undefined && performance.now() - beganMs < HEAL_WAIT_MS) {
      const outcome = await write(node.client, this.#ledger, {
        key: 'mended',
        valueBytes: 10,
        timeoutMs: CALL_TIMEOUT_MS,
      })
      count(puts, outcome)
      if (outcome === 'ok') {
        this.#say(`takes writes again by itself after ${Math.round(performance.now() - beganMs)} ms: ${told(puts)}`)
        return node
      }
      await sleep(50)
    }
    this.#fault(`did not go on by itself: ${node.end ?? told(puts)}`)
    if (node.end === undefined) await node.kill()
    await node.client.close()
    return this.#start(folder)
  }

  /** Far fewer than there is room for. */
  async #writeSome(node: Served): Promise<void> {
    const outcomes: Outcomes = new Map()
    for (let i = 0; i < MORE_WRITES && node.end === undefined; i++)
      count(
        outcomes,
        await write(node.client, this.#ledger, { key: `more/${i}`, valueBytes: 1_000, timeoutMs: CALL_TIMEOUT_MS }),
      )
    this.#say(`more writes: ${told(outcomes)}`)
    if (outcomes.size > 1 || !outcomes.has('ok')) this.#fault('writes failed although there was room')
  }

  async #judge(node: Served, when: string, settle = false): Promise<void> {
    const found = await node.contents()
    const faults = this.#ledger.judge(found, settle)
    for (const fault of faults.slice(0, 5)) this.#say(`FAILED ${when}: ${fault}`)
    this.#faults += faults.length
    this.#say(`${when}: ${found.size} keys, ${this.#ledger.acknowledged} acknowledged, ${faults.length} lost or false`)
  }

  #fault(what: string): void {
    this.#faults++
    this.#say(`FAILED: ${what}`)
  }
}
