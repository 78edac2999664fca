/**
 * Many keys that expire at one moment, on three processes that are watched: what goes over the network and into the
 * logs around it, how long a loop is held, and whether all drop the same.
 */

import { delays, haveNone } from './collecting.ts'
import { areEqual, type RealNode, statuses, until, withCluster } from './real-node.ts'

const NODES = 3
const LEAD_MS = 15_000
const IDLE_MS = 5_000

export async function expiry(say: (line: string) => void, count: number): Promise<void> {
  await withCluster(NODES, {}, async (nodes) => {
    const [first] = nodes
    if (first === undefined) return
    await Promise.all(nodes.map((node) => node.ask('watch')))
    await first.ask('change', 'put', 'lasting', 0, 1_000)
    const expireAtMs = Date.now() + LEAD_MS
    await first.ask('change', 'put', 'brief', 0, count, expireAtMs)
    await until('all have the keys', LEAD_MS, async () =>
      (await statuses(nodes)).every(({ keys }) => keys === count + 1_000),
    )
    say(
      `${count.toLocaleString('en-US')} keys are everywhere ${((expireAtMs - Date.now()) / 1_000).toFixed(1)} s before they expire`,
    )
    if (expireAtMs - Date.now() < IDLE_MS + 1_000) throw new Error('too slow to see an idle stretch before the expiry')
    await until('the idle stretch begins', LEAD_MS, () => Date.now() >= expireAtMs - IDLE_MS - 500)
    await Promise.all(nodes.map((node) => node.ask('resetDelay')))
    const idle = await meter(nodes)
    await until('the idle stretch ends', LEAD_MS, () => Date.now() >= expireAtMs - 500)
    say(`${IDLE_MS / 1_000} s before: ${await idle()}; loop held at most ${await delays(nodes)}`)
    await Promise.all(nodes.map((node) => node.ask('resetDelay')))
    const around = await meter(nodes)
    let differed = 0
    let looks = 0
    await until('no reader sees one', 30_000, async () => {
      looks++
      if (Date.now() > expireAtMs && !(await areEqual(nodes))) differed++
      return (await statuses(nodes)).every(({ keys }) => keys === 1_000)
    })
    say(
      `gone for readers everywhere ${Date.now() - expireAtMs} ms after; ${differed} of ${looks} looks saw fingerprints that differ`,
    )
    await until('all watchers saw all', 30_000, async () => {
      const all = await Promise.all(nodes.map((node) => node.ask('seen')))
      return all.every(({ expires }) => expires >= count)
    })
    say(`all watchers saw them go ${Date.now() - expireAtMs} ms after`)
    await until('all were dropped', 60_000, () => haveNone(nodes))
    say(`dropped everywhere ${Date.now() - expireAtMs} ms after; loop held at most ${await delays(nodes)}`)
    await until('the stretch ends', 30_000, () => Date.now() >= expireAtMs - 500 + 2 * IDLE_MS)
    say(`${(2 * IDLE_MS) / 1_000} s around: ${await around()}`)
    const seen = await Promise.all(nodes.map((node) => node.ask('seen')))
    say(
      `watchers: ${seen.map(({ puts, expires, deletes }) => `${puts} puts, ${expires} expiries, ${deletes} deletes`).join('; ')}`,
    )
    say(`fingerprints are ${(await areEqual(nodes)) ? 'equal' : 'NOT EQUAL'}`)
    const sums = (await statuses(nodes)).map(({ counters }) => counters)
    say(
      `deep pulls: ${sums.map((counters) => JSON.stringify(Object.fromEntries(Object.entries(counters).filter(([name, n]) => /deep|pull|differ|repair/i.test(name) && n > 0)))).join(' ')}`,
    )
  })
}

/** Counts from now on; ask it for what came since. */
async function meter(nodes: readonly RealNode[]): Promise<() => Promise<string>> {
  const read = async (): Promise<readonly { readonly net: number; readonly log: number }[]> =>
    Promise.all(nodes.map(async (node) => ({ net: (await node.ask('traffic')).sent, log: node.logBytes })))
  const before = await read()
  return async () => {
    const after = await read()
    const rise = (part: 'net' | 'log'): string =>
      after.map((one, at) => (one[part] - (before[at]?.[part] ?? 0)).toLocaleString('en-US')).join(', ')
    return `${rise('net')} bytes sent; ${rise('log')} bytes logged`
  }
}
