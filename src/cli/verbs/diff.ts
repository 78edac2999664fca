/**
 * `hearsay diff`: what two nodes hold, side by side. Sketches tell which keys differ; where they cannot, both are walked
 * key by key, with a page of each in memory and no more.
 */

import type { Client } from '../../client/client.ts'
import type { Entry } from '../../core/entry.ts'
import { REMOTE_FLAGS, withNode } from '../connection.ts'
import { type Difference, differences, EntryCursor, type Side } from '../entry-merge.ts'
import { EXIT } from '../exit-codes.ts'
import { Progress } from '../progress.ts'
import { compareBySketch } from '../sketch-diff.ts'
import { count, type Paint, painter, plain } from '../style.ts'
import { defineVerb, type Verb } from '../verb.ts'

type ByteClient = Client<Uint8Array>

export const diff: Verb = defineVerb({
  name: 'diff',
  summary: 'Compare what two nodes hold.',
  details:
    'Compares versions, not values: one version has one value. A key that both have deleted, or that one has deleted and the other never had, does not differ. What differs is looked at again after a pause, so that writes under way do not count. Two nodes that are equal cost about 2 kB, whatever they hold; with very many differences all keys are walked, and then writes under way may show. With --prefix all keys are compared, and the differences of some are listed. Exit code 1 when anything differs.',
  operands: [
    { name: 'URL_A', describe: 'address of one node' },
    { name: 'URL_B', describe: 'address of the other' },
  ],
  flags: {
    prefix: { type: 'string', default: '', describe: 'only keys that begin with this' },
    limit: { type: 'number', describe: 'most differences to list; all are counted' },
    settle: {
      type: 'number',
      default: 1_500,
      most: 3_600_000,
      describe: 'differences that are gone after this long do not count, ms',
    },
    ...REMOTE_FLAGS,
  },
  examples: [
    ['hearsay diff ws://10.0.0.5:7070 ws://10.0.0.6:7070', 'which keys differ'],
    ['hearsay diff a:7070 b:7070 --limit 0', 'only how many'],
  ],
  run: async (args, [a = '', b = ''], io) => {
    const { prefix, limit = Number.POSITIVE_INFINITY } = args
    const progress = new Progress(io.stderr)
    const paint = painter(io.stdout, io.env)
    const total = { compared: 0, found: 0, bytes: 0, ofAllKeys: true }
    const tell = async (key: string, difference: Difference): Promise<void> => {
      total.found++
      if (total.found > limit) return
      progress.clear()
      await io.stdout.line(args.json ? jsonLine(key, difference) : textLine(key, difference, paint))
    }
    const compare = async (clientA: ByteClient, clientB: ByteClient): Promise<void> => {
      const told = await compareBySketch(clientA.admin, clientB.admin, () => afterMs(args.settle))
      if (told !== undefined) {
        total.compared = told.compared
        for (const { key, difference } of told.found) if (key.startsWith(prefix)) await tell(key, difference)
        return
      }
      total.ofAllKeys = false
      for await (const { key, difference } of differences(scan(clientA, prefix), scan(clientB, prefix))) {
        total.compared++
        progress.show(() => `compared ${count(total.compared, 'key')}, ${count(total.found, 'difference')}`)
        if (difference !== undefined) await tell(key, difference)
      }
    }
    await withNode([a], args, io, (clientA) =>
      withNode([b], args, io, async (clientB) => {
        await compare(clientA, clientB)
        for (const { traffic } of [clientA, clientB]) total.bytes += traffic.sentBytes + traffic.receivedBytes
      }),
    ).finally(() => progress.clear())
    const { compared, found, bytes } = total
    const words = found === 0 ? 'no differences' : count(found, 'difference')
    const where = prefix !== '' && total.ofAllKeys ? ` below ${JSON.stringify(prefix)}; compared` : ' in'
    if (args.json) await io.stdout.line(JSON.stringify({ differences: found, compared, bytes }))
    else await io.stdout.line(`${words}${where} ${count(compared, 'key')}`)
    return found === 0 ? EXIT.ok : EXIT.no
  },
})

function scan(client: ByteClient, prefix: string): EntryCursor {
  return new EntryCursor(client.admin.scanEntries({ prefix, tombstones: true }))
}

function afterMs(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

function textLine(key: string, { kind, a, b }: Difference, paint: Paint): string {
  const deleted = [a, b].map((entry, i) => (entry?.kind === 'tombstone' ? `, deleted in ${i === 0 ? 'A' : 'B'}` : ''))
  const words: Readonly<Record<Difference['kind'], string>> = {
    'only-a': paint('only in A ', 'red'),
    'only-b': paint('only in B ', 'green'),
    'newer-a': paint('newer in A', 'yellow'),
    'newer-b': paint('newer in B', 'yellow'),
  }
  return `${words[kind]}  ${plain(key)}${deleted.join('')}`
}

function jsonLine(key: string, { kind, a, b }: Difference): string {
  return JSON.stringify({ key, kind, a: side(a), b: side(b) })
}

function side(entry: Side): { deleted: boolean; version: Pick<Entry, 'time' | 'origin'> } | null {
  if (entry === undefined) return null
  return { deleted: entry.kind === 'tombstone', version: { time: entry.time, origin: entry.origin } }
}
