/**
 * What every transport must do, whatever carries the bytes. A world gives a transport, a way to listen, and a way to
 * let events happen; the suite never sleeps and never reads a clock. Faults that only real sockets know (garbage, text
 * frames, half a handshake) are tested beside the real transport.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Link, LinkEvents, Transport } from '../../src/core/ports.ts'

export const SUITE_LIMITS = { frameBytesMax: 1_000_000, highWaterBytes: 64_000, lowWaterBytes: 16_000 } as const

export interface TransportWorld {
  readonly transport: Transport
  /** Listens; each link that comes in is given to `accept`. Returns the address to dial. */
  listen(accept: (link: Link) => LinkEvents): Promise<string>
  /** An address where nobody listens. */
  deadAddress(): Promise<string>
  /** Lets events happen until `holds`. */
  until(holds: () => boolean): Promise<void>
  /** Lets everything happen that is under way. */
  settle(): Promise<void>
  close(): Promise<void>
}

/** Writes down what a link says, and fails at once when it says it out of order. */
export class Witness implements LinkEvents {
  readonly frames: Uint8Array[] = []
  readonly reasons: string[] = []
  openings = 0
  drains = 0

  opened(): void {
    expect(this.reasons).toEqual([])
    this.openings++
    expect(this.openings).toBe(1)
  }

  frame(bytes: Uint8Array): void {
    expect(this.openings).toBe(1)
    expect(this.reasons).toEqual([])
    this.frames.push(Uint8Array.from(bytes))
  }

  drained(): void {
    expect(this.openings).toBe(1)
    expect(this.reasons).toEqual([])
    this.drains++
  }

  closed(reason: string): void {
    this.reasons.push(reason)
    expect(this.reasons).toHaveLength(1)
  }

  get isOpen(): boolean {
    return this.openings > 0 && this.reasons.length === 0
  }

  get isClosed(): boolean {
    return this.reasons.length > 0
  }
}

/** A frame whose bytes depend on its number. */
export function numberedFrame(n: number, length: number): Uint8Array {
  const frame = new Uint8Array(length)
  new DataView(frame.buffer).setUint32(0, n)
  for (let i = 4; i < length; i++) frame[i] = (n * 31 + i) & 255
  return frame
}

/** Compares by bytes, which is much faster than element by element. */
export function expectFrames(frames: readonly Uint8Array[], expected: readonly Uint8Array[]): void {
  expect(frames.map((frame) => frame.length)).toEqual(expected.map((frame) => frame.length))
  expect(Buffer.compare(Buffer.concat(frames), Buffer.concat(expected))).toBe(0)
}

/** In what transports may differ. */
export interface TransportTraits {
  /** The reason of a dial that nobody answers; a browser is not told, so there it may be any. */
  readonly refusal: RegExp
  /** Whether frames can pile up in front of a slow reader. If not, nothing is ever queued and nothing drains. */
  readonly queues: boolean
}

const OF_SOCKETS: TransportTraits = { refusal: /^ECONNREFUSED: /, queues: true }

export function transportSuite(
  name: string,
  makeWorld: () => Promise<TransportWorld>,
  traits: Partial<TransportTraits> = {},
): void {
  const { refusal, queues } = { ...OF_SOCKETS, ...traits }
  describe(`transport: ${name}`, () => {
    let world: TransportWorld
    beforeEach(async () => {
      world = await makeWorld()
    })
    afterEach(async () => {
      await world.close()
    })

    /** Both ends of one open link. */
    async function pair(): Promise<{ near: Link; nearSaw: Witness; far: Link; farSaw: Witness }> {
      const farSaw = new Witness()
      const nearSaw = new Witness()
      const accepted: Link[] = []
      const address = await world.listen((link) => {
        accepted.push(link)
        return farSaw
      })
      const near = world.transport.dial(address, nearSaw)
      expect(nearSaw.openings).toBe(0)
      await world.until(() => nearSaw.isOpen && farSaw.isOpen)
      const [far] = accepted
      return { near, nearSaw, far: far!, farSaw }
    }

    it('carries frames in order, both ways at once', async () => {
      const { near, nearSaw, far, farSaw } = await pair()
      const frames = Array.from({ length: 300 }, (_, n) => numberedFrame(n, 4 + ((n * 97) % 3000)))
      for (const frame of frames) {
        near.send(frame)
        far.send(frame)
      }
      await world.until(() => nearSaw.frames.length >= 300 && farSaw.frames.length >= 300)
      expectFrames(farSaw.frames, frames)
      expectFrames(nearSaw.frames, frames)
    })

    it('carries an empty frame and one as large as the limit', async () => {
      const { near, farSaw } = await pair()
      const large = numberedFrame(7, SUITE_LIMITS.frameBytesMax)
      near.send(new Uint8Array())
      near.send(large)
      await world.until(() => farSaw.frames.length === 2)
      expectFrames(farSaw.frames, [new Uint8Array(), large])
    })

    it('never calls back inside send, close or dial', async () => {
      const { near, nearSaw } = await pair()
      near.send(numberedFrame(1, 500_000))
      expect(nearSaw.drains).toBe(0)
      near.close('done')
      expect(nearSaw.reasons).toEqual([])
      const lost = new Witness()
      world.transport.dial('no address at all', lost)
      expect(lost.reasons).toEqual([])
      await world.until(() => nearSaw.isClosed && lost.isClosed)
      expect(lost.openings).toBe(0)
    })

    for (const side of ['dialling', 'listening'] as const) {
      it(`closes once at both ends when the ${side} side closes, and is silent from then on`, async () => {
        const { near, nearSaw, far, farSaw } = await pair()
        const [closer, closerSaw, other, otherSaw] =
          side === 'dialling' ? [near, nearSaw, far, farSaw] : [far, farSaw, near, nearSaw]
        other.send(numberedFrame(1, 10))
        closer.close('the test is over')
        closer.close('again')
        closer.send(numberedFrame(2, 10))
        await world.until(() => closerSaw.isClosed && otherSaw.isClosed)
        closer.close('and again')
        other.send(numberedFrame(3, 10))
        await world.settle()
        expect(closerSaw.reasons).toEqual(['the test is over'])
        expect(otherSaw.reasons[0]).toContain('the test is over')
        expect(closerSaw.frames).toEqual([])
        expect(otherSaw.frames).toEqual([])
        expect(closer.queuedBytes).toBe(0)
      })
    }

    it('delivers what was sent before a close', async () => {
      const { near, farSaw } = await pair()
      const frames = Array.from({ length: 50 }, (_, n) => numberedFrame(n, 100))
      for (const frame of frames) near.send(frame)
      near.close('done')
      await world.until(() => farSaw.isClosed)
      expectFrames(farSaw.frames, frames)
    })

    it('closes a link that is closed before it opened', async () => {
      const farSaw = new Witness()
      const address = await world.listen(() => farSaw)
      const saw = new Witness()
      world.transport.dial(address, saw).close('changed my mind')
      await world.until(() => saw.isClosed)
      expect(saw.openings).toBe(0)
      expect(saw.reasons).toEqual(['changed my mind'])
    })

    it('closes a dial to an address where nobody listens, and says what it knows', async () => {
      const saw = new Witness()
      world.transport.dial(await world.deadAddress(), saw)
      await world.until(() => saw.isClosed)
      await world.settle()
      expect(saw.openings).toBe(0)
      expect(saw.reasons).toHaveLength(1)
      expect(saw.reasons[0]).toMatch(refusal)
    })

    it.runIf(queues)('says drained once the queue of a full link has gone', async () => {
      const { near, nearSaw, farSaw } = await pair()
      near.send(numberedFrame(0, 1_000))
      await world.until(() => farSaw.frames.length === 1)
      expect(nearSaw.drains).toBe(0)
      for (let n = 1; n <= 40; n++) near.send(numberedFrame(n, 500_000))
      expect(near.queuedBytes).toBeGreaterThan(SUITE_LIMITS.highWaterBytes)
      await world.until(() => nearSaw.drains > 0)
      expect(near.queuedBytes).toBeLessThanOrEqual(SUITE_LIMITS.lowWaterBytes)
      await world.until(() => farSaw.frames.length === 41)
      expect(nearSaw.drains).toBe(1)
    })

    it.runIf(!queues)('never holds a frame back, so that nothing drains', async () => {
      const { near, nearSaw, farSaw } = await pair()
      for (let n = 0; n < 40; n++) near.send(numberedFrame(n, 500_000))
      expect(near.queuedBytes).toBe(0)
      await world.until(() => farSaw.frames.length === 40)
      await world.settle()
      expect(nearSaw.drains).toBe(0)
    })

    it('keeps many links apart', async () => {
      const seen: Witness[] = []
      const address = await world.listen((link) => {
        const saw = new Witness()
        seen.push(saw)
        return {
          opened: () => saw.opened(),
          frame: (bytes) => {
            saw.frame(bytes)
            link.send(Uint8Array.from(bytes))
          },
          drained: () => saw.drained(),
          closed: (reason) => saw.closed(reason),
        }
      })
      const ends = Array.from({ length: 20 }, () => new Witness())
      const links = ends.map((end) => world.transport.dial(address, end))
      await world.until(() => ends.every((end) => end.isOpen))
      links.forEach((link, n) => {
        link.send(numberedFrame(n, 50))
      })
      await world.until(() => ends.every((end) => end.frames.length > 0))
      ends.forEach((end, n) => {
        expect(end.frames).toEqual([numberedFrame(n, 50)])
      })
      expect(seen).toHaveLength(20)
    })
  })
}
