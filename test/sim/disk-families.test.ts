/** The fault families of processes and their disks: what each does, that taking it back undoes just that, and its words. */

import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { SimDisk, type TailLoss } from '../../sim/disk.ts'
import { crash, powerLoss } from '../../sim/faults/crash.ts'
import { bitRot, cutFile, misdirected } from '../../sim/faults/disk-damage.ts'
import { DISK_FAMILIES } from '../../sim/faults/disk-families.ts'
import { clonedDisk, emptyDisk, oldImage } from '../../sim/faults/disk-images.ts'
import { failedSync, fullDisk, shortWrite, slowSync } from '../../sim/faults/failing-disks.ts'
import type { FaultFamily, FaultStep, Stage } from '../../sim/faults/fault.ts'
import { seededRng } from '../../src/core/rng.ts'
import { VirtualTime } from '../storage/virtual-time.ts'

/** A node that writes `write 1`, `write 2`, … one behind the other for as long as it is up. */
class FakeNode {
  readonly name = 'n1'
  fsync = 'always'
  readonly disk: SimDisk
  host: object | undefined
  /** What became of it and when, ms. */
  readonly story: string[] = []
  readonly #time: VirtualTime
  #writes = 0

  constructor(time: VirtualTime) {
    this.#time = time
    this.disk = new SimDisk(time)
  }

  readonly clock = { disturb: () => () => undefined }

  start(): void {
    const host = {}
    this.host = host
    this.#tell('up')
    this.disk.mount().open('f', true, (_error, file) => {
      let end = file?.sizeAtOpen ?? 0
      const write = (): void => {
        if (this.host !== host) return
        const bytes = Buffer.from(`write ${++this.#writes},`)
        file?.write(end, [bytes], (error) => {
          if (error !== undefined) return this.#tell(error.code ?? '?')
          end += bytes.length
          file?.sync((syncError) => {
            if (syncError !== undefined) this.#tell(syncError.code ?? '?')
            this.#time.after(50, write)
          })
        })
      }
      write()
    })
  }

  crash(loss: TailLoss, isSilent: boolean): void {
    if (this.host === undefined) return
    this.host = undefined
    this.#tell(`${loss === 'none' ? 'killed' : 'without power'}${isSilent ? ' in silence' : ''}`)
    this.disk.loseTail = loss
    this.disk.crash()
  }

  image(): { files: ReadonlyMap<string, Uint8Array> } {
    return { files: this.disk.image() }
  }

  exchangeDisk(image: { files: ReadonlyMap<string, Uint8Array> } = { files: new Map() }): object {
    this.crash('none', false)
    const before = this.image()
    this.disk.restore(image.files)
    return before
  }

  get content(): string {
    return Buffer.from(this.disk.image().get('f') ?? []).toString()
  }

  #tell(what: string): void {
    this.story.push(`${what} at ${Math.round(this.#time.nowMs / 10) * 10}`)
  }
}

let time: VirtualTime
let node: FakeNode
let stage: Stage

beforeEach(() => {
  time = new VirtualTime(seededRng(5))
  node = new FakeNode(time)
  stage = { world: time, nodes: [node], node: () => node } as unknown as Stage
  node.start()
  run(1_000)
})

function run(untilMs: number): void {
  let isOver = false
  time.schedule(untilMs - time.nowMs, () => {
    isOver = true
  })
  while (!isOver) time.step()
}

/** Strikes now, at 1000 ms, and is taken back after `forMs`. */
function standsFor<F extends FaultStep>(family: FaultFamily<F>, fault: Omit<F, 'kind' | 'atMs'>): void {
  const full = { kind: family.kind, atMs: 1_000, ...fault } as F
  const undo = family.strike(full, stage)
  run(1_000 + full.forMs)
  undo()
}

describe('crash', () => {
  it('keeps the node down until it is taken back', () => {
    standsFor(crash, { node: 'n1', isSilent: true, forMs: 500 })
    run(2_000)
    expect(node.story.slice(1)).toStrictEqual(['killed in silence at 1000', 'up at 1500'])
    expect(node.host).toBeDefined()
  })

  it('strikes near a write', () => {
    let writes = 0
    node.disk.onOperation((verb) => {
      if (verb === 'write') writes += 1
      return undefined
    })
    standsFor(crash, { node: 'n1', atWrite: 4, afterMs: 0, isSilent: false, forMs: 2_000 })
    expect(writes).toBe(4)
    expect(node.story.at(-1)).toBe('up at 3000')
  })

  it('never strikes when that write did not come before it was taken back', () => {
    standsFor(crash, { node: 'n1', atWrite: 5, afterMs: 6, isSilent: false, forMs: 10 })
    run(4_000)
    expect(node.story).toHaveLength(1)
  })

  it('may strike twice', () => {
    standsFor(crash, { node: 'n1', isSilent: false, again: { downMs: 200, upMs: 300 }, forMs: 1_000 })
    expect(node.story.slice(1)).toStrictEqual(['killed at 1000', 'up at 1200', 'killed at 1500', 'up at 2000'])
  })

  it('does nothing more once it is taken back', () => {
    standsFor(crash, { node: 'n1', isSilent: false, again: { downMs: 200, upMs: 300 }, forMs: 400 })
    run(4_000)
    expect(node.story.slice(1)).toStrictEqual(['killed at 1000', 'up at 1200'])
  })

  it('leaves a node alone that another fault keeps down', () => {
    node.crash('none', false)
    standsFor(crash, { node: 'n1', isSilent: false, forMs: 400 })
    expect(node.host).toBeUndefined()
  })
})

describe('power loss', () => {
  it('loses what was not synced, and takes the network of the machine with it', () => {
    standsFor(powerLoss, { node: 'n1', forMs: 100 })
    expect(node.story.slice(1)).toStrictEqual(['without power in silence at 1000', 'up at 1100'])
  })
})

describe('a failing disk', () => {
  it('is slow while that stands', () => {
    const before = node.content.length
    standsFor(slowSync, { node: 'n1', byMs: 3_000, forMs: 2_900 })
    // What was under way when it struck, and one write that waits for its sync.
    expect(node.content.length - before).toBeLessThan(30)
  })

  it('fails as many syncs as stated', () => {
    standsFor(failedSync, { node: 'n1', syncs: 2, forMs: 1_000 })
    expect(node.story.filter((line) => line.startsWith('EIO'))).toHaveLength(2)
  })

  it('fails one write after a part of it', () => {
    standsFor(shortWrite, { node: 'n1', share: 0.5, forMs: 1_000 })
    expect(node.story[1]).toMatch(/^EIO/)
    expect(node.content).toMatch(/,writ$/)
  })

  it('has room for as much as stated until it is taken back', () => {
    const before = node.content.length
    standsFor(fullDisk, { node: 'n1', leftBytes: 33, forMs: 1_000 })
    expect(node.story[1]).toMatch(/^ENOSPC/)
    expect(node.content.length - before).toBe(33)
    expect(node.disk.sizeMost(node.disk.find('f')!)).toBe(Number.POSITIVE_INFINITY)
  })
})

/** The node stands still, holds one entry, and another that serves has seen it, or not. */
function holdsWhatAnother(hasSeen: boolean): void {
  node.crash('none', false)
  const all = (): readonly unknown[] => [{}]
  Object.assign(node, { host: { replica: { store: { all } } } })
  const other = { name: 'n2', isServing: true, host: { replica: { claims: { seen: { covers: () => hasSeen } } } } }
  stage = { world: time, nodes: [node, other], node: () => node } as unknown as Stage
}

describe('damage', () => {
  it('leaves alone what nobody else has', () => {
    holdsWhatAnother(false)
    const { content } = node
    standsFor(bitRot, { node: 'n1', place: 0.5, bit: 0, forMs: 0 })
    standsFor(misdirected, { node: 'n1', from: 0, to: 0.5, bytes: 6, forMs: 0 })
    standsFor(cutFile, { node: 'n1', place: 0.5, forMs: 0 })
    expect(node.content).toBe(content)
  })

  it('flips one bit, copies some bytes, or cuts the file', () => {
    holdsWhatAnother(true)
    const { content } = node
    const middle = Math.floor(content.length / 2)
    standsFor(bitRot, { node: 'n1', place: 0.5, bit: 0, forMs: 0 })
    const differing = [...content].flatMap((byte, at) => (node.content[at] === byte ? [] : [at]))
    expect(differing).toStrictEqual([middle])
    standsFor(misdirected, { node: 'n1', from: 0, to: 0.5, bytes: 6, forMs: 0 })
    expect(node.content.slice(middle, middle + 6)).toBe('write ')
    standsFor(cutFile, { node: 'n1', place: 0.5, forMs: 0 })
    expect(node.content.length).toBe(middle)
  })
})

describe('another disk', () => {
  it('is an older image', () => {
    const { content } = node
    let restored = ''
    time.schedule(701, () => {
      restored = node.content
    })
    standsFor(oldImage, { node: 'n1', ageMs: 700, forMs: 900 })
    expect(restored).toBe(content)
    expect(node.story.slice(1)).toStrictEqual(['killed at 1700', 'up at 1900'])
  })

  it('is not put in once the fault is taken back', () => {
    standsFor(oldImage, { node: 'n1', ageMs: 700, forMs: 600 })
    run(3_000)
    expect(node.story).toHaveLength(1)
  })

  it('is an empty one', () => {
    const before = node.content
    standsFor(emptyDisk, { node: 'n1', forMs: 100 })
    expect(node.content).toBe('')
    run(2_000)
    expect(before.startsWith('write 1,')).toBe(true)
    expect(node.content.startsWith('write 1,')).toBe(false)
  })

  it('is a clone, and then the original again', () => {
    const atFirst = node.content
    let original = ''
    time.schedule(499, () => {
      original = node.content
    })
    let onClone = ''
    time.schedule(1_099, () => {
      onClone = node.content
    })
    standsFor(clonedDisk, { node: 'n1', originalMs: 500, copyMs: 600, forMs: 1_200 })
    expect(node.story.slice(1)).toStrictEqual(['killed at 1500', 'up at 1500', 'killed at 2100', 'up at 2200'])
    expect(original.startsWith(atFirst)).toBe(true)
    expect(onClone.startsWith(atFirst)).toBe(true)
    expect(onClone.startsWith(original)).toBe(false)
    expect(node.content.startsWith(original)).toBe(true)
  })
})

describe('each family', () => {
  const families: readonly FaultFamily[] = [crash, powerLoss, ...DISK_FAMILIES]
  for (const family of families) {
    it(`${family.kind} draws plain steps, says them, and leaves a whole node behind`, () => {
      fc.assert(
        fc.property(fc.nat(), fc.nat(20_000), (seed, cutMs) => {
          const at = new VirtualTime(seededRng(seed))
          const one = new FakeNode(at)
          const on = { world: at, nodes: [one], node: () => one } as unknown as Stage
          one.start()
          at.step()
          const drawn = family.draw(seededRng(seed), { names: ['n1', 'n2', 'n3'], fsync: 'always' })
          const fault: FaultStep = { kind: family.kind, atMs: 0, ...drawn }
          expect(JSON.parse(JSON.stringify(fault))).toStrictEqual(fault)
          expect(Number.isInteger(fault.forMs)).toBe(true)
          expect(fault.forMs).toBeGreaterThanOrEqual(0)
          expect(family.words(fault)).toContain(family.where(fault)[0])
          const undo = family.strike(fault, on)
          // As when a run is made whole early.
          while (at.nowMs < Math.min(fault.forMs, cutMs) && at.step());
          undo()
          while (at.nowMs < 40_000 && at.step());
          expect(one.host).toBeDefined()
          expect(one.disk.sizeMost(one.disk.find('f')!)).toBe(Number.POSITIVE_INFINITY)
          expect(one.disk.syncSlowerMs).toBe(0)
        }),
        { numRuns: 25 },
      )
    })
  }
})
