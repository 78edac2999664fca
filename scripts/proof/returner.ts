/**
 * A node that was killed, forgotten, and wrote alone while the deletes that it had missed were let go of: whether
 * anything of what was deleted comes back with it, and whether all that it wrote does. Watched from the start on all.
 */

import { bytes, connect } from '../../src/client/index.ts'
import { haveNone } from './collecting.ts'
import { areEqual, type RealNode, statuses, until, withCluster } from './real-node.ts'

const OFFLINE_WRITES = 100

export async function returner(say: (line: string) => void, count: number, isForgotten: boolean): Promise<void> {
  await withCluster(3, { faults: true }, async (nodes) => {
    const [n1, n2, n3] = nodes as readonly [RealNode, RealNode, RealNode]
    await n1.ask('change', 'put', 'doomed', 0, count)
    await until('all have the keys', 60_000, async () => (await statuses(nodes)).every(({ keys }) => keys === count))
    // What a node shows before its disk has it, a kill may take.
    await until('the keys are on the disk of n3', 60_000, async () => (await n3.status()).logPendingBytes === 0)
    await n3.kill()
    await n1.ask('change', 'del', 'doomed', 0, count)
    if (isForgotten) {
      const client = connect(n1.url)
      await client.admin.forget('n3')
      await client.close()
      const tookMs = await until('the tombstones are gone', 60_000, () => haveNone([n1, n2]))
      say(
        `forgotten: the tombstones are gone after ${Math.round(tookMs)} ms, waiting for ${JSON.stringify((await n1.status()).tombstonesAwait)}`,
      )
    } else {
      // The deletes reach the disk of n2 within a beat or two; whoever is named from then on is not n2.
      await until('n1 and n2 have the deletes', 60_000, async () =>
        (await statuses([n1, n2])).every(({ keys, logPendingBytes }) => keys === 0 && logPendingBytes === 0),
      )
      await until('n1 says that they wait for n3', 60_000, async () =>
        (await n1.status()).tombstonesAwait.includes('n3'),
      )
      const { tombstones, tombstonesAwait } = await n1.status()
      say(`not forgotten: ${tombstones} tombstones wait for ${JSON.stringify(tombstonesAwait)}`)
    }
    await Promise.all([n1.refuse(['n3']), n2.refuse(['n3'])])
    await n3.start()
    await n3.refuse(['n1', 'n2'])
    await n3.ask('change', 'put', 'offline', 0, OFFLINE_WRITES)
    const alone = await n3.status()
    say(`alone: n3 has ${alone.keys} keys, ${alone.links} links, run ${alone.origin}`)
    if (alone.keys !== count + OFFLINE_WRITES) throw new Error('n3 was not alone')
    await n3.kill()
    const watches = [watch(n1), watch(n2)]
    await Promise.all([n1.refuse([]), n2.refuse([])])
    await n3.start()
    const readyMs = Date.now()
    watches.push(watch(n3))
    await until(
      'all are equal',
      60_000,
      async () => (await areEqual(nodes)) && (await n3.status()).keys === OFFLINE_WRITES,
    )
    say(`equal ${Date.now() - readyMs} ms after n3 was ready; runs ${(await n3.status()).origin}`)
    const goneMs = await until('the tombstones are gone everywhere', 60_000, () => haveNone(nodes))
    say(`no tombstone anywhere ${Math.round(goneMs)} ms later`)
    for (const [at, one] of watches.entries()) {
      const node = nodes[at] as RealNode
      const client = connect(node.url, { codec: bytes })
      let offline = 0
      for await (const { key } of client.scan()) if (key.startsWith('offline')) offline++
      await client.close()
      await one.stop()
      const late = one.lastDoomedMs === undefined ? 'never' : `last ${one.lastDoomedMs - readyMs} ms after n3 was ready`
      say(
        `${node.name}: showed ${one.doomed} deleted keys (${late}), ${one.again} again after it had shown them gone; has ${offline} offline writes`,
      )
    }
  })
}

interface Watched {
  /** Times that a deleted key was shown. */
  doomed: number
  /** Of those, after a delete of the same key was shown. */
  again: number
  /** When one was last shown to be there, Unix ms. */
  lastDoomedMs: number | undefined
  stop(): Promise<void>
}

function watch(node: RealNode): Watched {
  const client = connect(node.url, { codec: bytes })
  const gone = new Set<string>()
  const watched: Watched = { doomed: 0, again: 0, lastDoomedMs: undefined, stop: () => client.close() }
  void (async () => {
    for await (const event of client.watch({ prefix: 'doomed' })) {
      if (event.type === 'delete') gone.add(event.key)
      if (event.type !== 'put') continue
      watched.doomed++
      watched.lastDoomedMs = Date.now()
      if (gone.has(event.key)) watched.again++
    }
  })().catch(() => {})
  return watched
}
