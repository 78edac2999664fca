/**
 * The other side of `client.ts`: a hearsay client and a bare one, and how many calls a second each of them makes.
 */

import { bytes, type Client, connect } from '../../src/client/index.ts'
import { BareClient } from './bare-calls.ts'
import { listenToParent, tellParent } from './child.ts'
import { callsPerSecond } from './rounds.ts'
import { bytesOf, keysOf } from './samples.ts'

export interface Called {
  readonly perSecond: number
}

type Asked =
  | { readonly node: string; readonly bare: string }
  | {
      readonly peer: 'node' | 'bare'
      readonly call: 'get' | 'put'
      readonly callers: number
      readonly ms: number
    }

const KEYS = 10_000

const keys = keysOf(KEYS)
const value = bytesOf(1)
const clients: { node?: Client<Uint8Array>; bare?: BareClient } = {}
let calls = 0

listenToParent<Asked>(async (asked) => {
  if ('node' in asked) {
    clients.node = connect(asked.node, { codec: bytes })
    clients.bare = await BareClient.connect(asked.bare)
    for (const { put } of [clients.node, clients.bare].map((store) => ({ put: store.put.bind(store) })))
      await Promise.all(keys.map((key) => put(key, value)))
    tellParent({ perSecond: 0 })
    return
  }
  const store = clients[asked.peer]
  if (store === undefined) throw new Error('not connected')
  const next = (): string => keys[calls++ % KEYS] ?? ''
  const call = asked.call === 'get' ? () => store.get(next()) : () => store.put(next(), value)
  tellParent({ perSecond: await callsPerSecond(asked.callers, asked.ms, call) })
})
