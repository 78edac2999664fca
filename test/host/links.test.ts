/** Links between nodes: what strangers and peers may do, and which of two links survives. */

import { describe, expect, it } from 'vitest'
import { rowAtBirth } from '../../src/core/members.ts'
import type { Row } from '../../src/core/message.ts'
import type { Link, LinkEvents, Logger, Transport } from '../../src/core/ports.ts'
import { LINK_DEFAULTS, Links } from '../../src/host/links.ts'
import { encodeMessage, encodePeerHello } from '../../src/wire/peer-codec.ts'
import { WIRE_VERSION } from '../../src/wire/peer-messages.ts'

const rowOf = (name: string, seq = 1): Row => rowAtBirth(`${name}/1/1/aaaaaaaaaa`, seq, '', 1)
const hello = (name: string, cluster = 'c'): Uint8Array =>
  encodePeerHello({ kind: 'hello', wire: WIRE_VERSION, cluster, row: rowOf(name), features: [] })
const same = (name: string): Uint8Array => encodeMessage({ row: rowOf(name), body: { kind: 'same' } })

class FakeLink implements Link {
  readonly remote: string
  queuedBytes = 0
  readonly sent: Uint8Array[] = []
  closedWith: string | undefined

  constructor(remote: string) {
    this.remote = remote
  }

  send(frame: Uint8Array): void {
    this.sent.push(frame)
  }

  close(reason: string): void {
    this.closedWith ??= reason
  }
}

function bench(name = 'm') {
  const happened: string[] = []
  const said: string[] = []
  let nowMs = 0
  const dials: { link: FakeLink; events: LinkEvents }[] = []
  const say = (level: string) => (_: object, text: string) => said.push(`${level}: ${text}`)
  const logger: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
  const transport: Transport = {
    dial: (address, events) => {
      const link = new FakeLink(address)
      dials.push({ link, events })
      return link
    },
  }
  const links = new Links({
    name,
    cluster: 'c',
    limits: { ...LINK_DEFAULTS, strangersMax: 2 },
    clock: { wallMs: () => nowMs, monoMs: () => nowMs },
    logger,
    transport,
    row: () => rowOf(name),
    events: {
      up: (peer) => happened.push(`up ${peer}`),
      down: (peer) => happened.push(`down ${peer}`),
      message: (peer, { body }) => happened.push(`${body.kind} of ${peer}`),
      ownName: (_row, isSelf) => happened.push(isSelf ? 'self' : 'twin'),
      reached: (address, peer) => happened.push(`reached ${peer} at ${address}`),
      failed: (address) => happened.push(`failed ${address}`),
    },
  })
  const accept = (remote = 'host:1'): { link: FakeLink; events: LinkEvents } => {
    const link = new FakeLink(remote)
    const events = links.accept(link)
    if (events === undefined) throw new Error('busy')
    events.opened()
    return { link, events }
  }
  const dial = (address: string): { link: FakeLink; events: LinkEvents } => {
    links.dial(address)
    const dialled = dials.at(-1)
    if (dialled === undefined) throw new Error('not dialled')
    dialled.events.opened()
    return dialled
  }
  const pass = (ms: number): void => {
    nowMs += ms
  }
  return { links, happened, said, accept, dial, pass }
}

describe('a link', () => {
  it('is up once both said hello, and then carries messages', () => {
    const { accept, happened } = bench()
    const { link, events } = accept()
    expect(link.sent).toHaveLength(1)
    events.frame(hello('a'))
    events.frame(same('a'))
    expect(happened).toEqual(['up a', 'same of a'])
  })

  it('is closed when a frame comes before hello', () => {
    const { accept, happened, links } = bench()
    const { link, events } = accept()
    events.frame(same('a'))
    expect(link.closedWith).toMatch(/before hello/)
    expect(happened).toEqual([])
    expect(links.counters.peerErrors).toBe(1)
  })

  it('is closed when its peer speaks in the name of another', () => {
    const { accept, happened } = bench()
    const { link, events } = accept()
    events.frame(hello('a'))
    events.frame(same('b'))
    expect(link.closedWith).toMatch(/not its own/)
    expect(happened).toEqual(['up a'])
  })

  it('says a mistake of a peer once, and counts all', () => {
    const { accept, said, links } = bench()
    for (let i = 0; i < 20; i++) {
      const { link, events } = accept(`host:${i}`)
      events.frame(Uint8Array.of(1, 2, 3))
      events.closed(link.closedWith ?? '')
    }
    expect(links.counters.peerErrors).toBe(20)
    expect(said.filter((line) => line.startsWith('warn'))).toHaveLength(1)
  })

  it('is refused to a node of another cluster', () => {
    const { accept, links, happened } = bench()
    const { link, events } = accept()
    events.frame(hello('a', 'other'))
    expect(link.closedWith).toMatch(/cluster/)
    expect([links.counters.linksRefused, happened]).toEqual([1, []])
  })

  it('is refused when too many strangers wait, however many calls of its own are under way', () => {
    const { accept, dial } = bench()
    for (let i = 0; i < 5; i++) dial(`there:${i}`)
    const first = accept()
    accept()
    expect(() => accept()).toThrow('busy')
    first.events.frame(hello('a'))
    accept()
  })

  it('that fell silent is closed, and a pause of this process is nobody’s silence', () => {
    const { accept, links, pass } = bench()
    const { link, events } = accept()
    events.frame(hello('a'))
    pass(60_000)
    links.forgive(60_000)
    links.tick()
    expect(link.closedWith).toBeUndefined()
    // What came during the pause was heard already: forgiving must not reach into the future.
    links.forgive(60_000)
    pass(LINK_DEFAULTS.linkSilenceMs)
    links.tick()
    links.tick()
    expect(link.closedWith).toMatch(/nothing came/)
    expect(links.counters.linksSilent).toBe(1)
  })

  it('sheds pushes when it is full, and nothing else', () => {
    const { accept, links } = bench()
    const { link, events } = accept()
    events.frame(hello('a'))
    link.queuedBytes = LINK_DEFAULTS.pushQueueBytesMax + 1
    links.send(['a'], rowOf('m'), { kind: 'push', origin: 'm/1/1/aaaaaaaaaa', after: 1, upTo: 2, entries: [] })
    links.send(['a'], rowOf('m'), { kind: 'same' })
    expect([link.sent.length, links.counters.pushesShed]).toEqual([2, 1])
  })
})

describe('of two links to one peer', () => {
  it('the one that the smaller name dialled survives, whichever came first', () => {
    for (const isFirst of [true, false]) {
      const { accept, dial } = bench('m')
      const mine = (): FakeLink => {
        const { link, events } = dial('there')
        events.frame(hello('z'))
        return link
      }
      const theirs = (): FakeLink => {
        const { link, events } = accept()
        events.frame(hello('z'))
        return link
      }
      const [kept, gone] = isFirst ? [mine(), theirs()] : [theirs(), mine()].reverse()
      expect(kept?.closedWith).toBeUndefined()
      expect(gone?.closedWith).toMatch(/another link/)
    }
  })

  it('one that is closing already is not kept', () => {
    const { accept, dial, links, happened } = bench('m')
    const old = dial('there')
    old.events.frame(hello('z'))
    links.refuse(new Set(['z']))
    links.refuse(new Set())
    const fresh = accept()
    fresh.events.frame(hello('z'))
    expect(old.link.closedWith).toBeDefined()
    expect(fresh.link.closedWith).toBeUndefined()
    old.events.closed('closed')
    expect(happened).toEqual(['reached z at there', 'up z', 'down z', 'up z'])
  })
})
