/**
 * Throws mutated frames at a running node, as a client and as a peer, over real WebSockets. The node must still serve
 * afterwards, and its heap must come back. Says what was sent and what the node made of it.
 */

import type { Link } from '../../src/core/ports.ts'
import { seededRng } from '../../src/core/rng.ts'
import { createNode } from '../../src/node/create-node.ts'
import { createWsTransport } from '../../src/transport/ws-transport.ts'
import { FRAME_BYTES_MAX } from '../../src/wire/limits.ts'
import { CLUSTER, type Speaker, WireFrames } from './wire-frames.ts'

export interface WireOptions {
  /** Mutated frames to send. */
  readonly frames: number
  readonly seed: number
  /** At a time. */
  readonly links: number
}

/** Frames on one link before it is closed from this side: fresh links meet fresh state. */
const FRAMES_A_LINK = 200

/** Returns how many failures there were. */
export async function wire(say: (line: string) => void, options: WireOptions): Promise<number> {
  const node = await createNode({ name: 'target', cluster: CLUSTER, listen: '127.0.0.1:0', logLevel: 'silent' })
  await node.put('before', 'still here')
  const attack = new Attack(options, node.url)
  process.on('uncaughtException', (error) => attack.fail(error))

  const heapBefore = heapBytes()
  const started = performance.now()
  await Promise.all(Array.from({ length: options.links }, (_, i) => attack.run(i % 2 === 0 ? 'client' : 'peer', i)))
  const seconds = (performance.now() - started) / 1000

  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const heapAfter = heapBytes()
  const before = await node.get('before')
  await node.put('after', 'still writable')
  const after = await node.get('after')
  const { counters, members, keys } = node.status()
  await node.close()

  const isWell = attack.failure === undefined && before === 'still here' && after === 'still writable'
  say(`${attack.sent} mutated frames over ${attack.links} links in ${seconds.toFixed(1)} s`)
  const refused = counters.peerErrors ?? 0
  say(`frames refused from peers: ${refused}; keys ${keys}; members believed: ${JSON.stringify(members)}`)
  say(`heap ${(heapBefore / 1e6).toFixed(1)} MB before, ${(heapAfter / 1e6).toFixed(1)} MB after`)
  say(isWell ? 'the node still serves' : `FAILED: ${String(attack.failure)}`)
  return isWell ? 0 : 1
}

class Attack {
  sent = 0
  links = 0
  failure: unknown
  readonly #options: WireOptions
  readonly #url: string
  readonly #frames: WireFrames
  readonly #closed = new WeakSet<Link>()
  readonly #transports: Readonly<Record<Speaker, ReturnType<typeof createWsTransport>>>

  constructor(options: WireOptions, url: string) {
    this.#options = options
    this.#url = url
    this.#frames = new WireFrames(seededRng(options.seed))
    const limits = {
      frameBytesMax: FRAME_BYTES_MAX,
      highWaterBytes: 1 << 23,
      lowWaterBytes: 1 << 20,
      dialTimeoutMs: 5_000,
    }
    this.#transports = {
      client: createWsTransport({ ...limits, path: '/' }),
      peer: createWsTransport({ ...limits, path: '/peer' }),
    }
  }

  /** The first one counts. */
  fail(error: unknown): void {
    this.failure ??= error
  }

  async run(kind: Speaker, number: number): Promise<void> {
    while (this.sent < this.#options.frames && this.failure === undefined) {
      this.links++
      await new Promise<void>((resolve) => {
        let link: Link | undefined
        link = this.#transports[kind].dial(this.#url, {
          opened: () => link !== undefined && this.#flood(link, kind, number),
          frame: () => {},
          drained: () => {},
          closed: () => {
            if (link !== undefined) this.#closed.add(link)
            resolve()
          },
        })
      })
    }
  }

  #flood(link: Link, kind: Speaker, number: number): void {
    const first = this.#frames.hello(kind, number)
    if (first !== undefined) link.send(first)
    let left = Math.min(FRAMES_A_LINK, this.#options.frames - this.sent)
    const next = (): void => {
      if (this.#closed.has(link)) return
      if (left-- === 0) {
        link.close('enough')
        return
      }
      link.send(this.#frames.mutate(this.#frames.frame(kind, number)))
      this.sent++
      // One a turn: what is sent to a link that the node has closed meanwhile tests nothing.
      setImmediate(next)
    }
    next()
  }
}

function heapBytes(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
