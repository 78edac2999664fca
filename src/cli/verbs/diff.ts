/** `hearsay diff`: what two nodes hold, side by side, key by key; a page of each in memory and no more. */

import type { Client } from '../../client/client.ts'
import type { Entry } from '../../core/entry.ts'
import { REMOTE_FLAGS, withNode } from '../connection.ts'
import { type Difference, differences, EntryCursor, type Side } from '../entry-merge.ts'
import { EXIT } from '../exit-codes.ts'
import { Progress } from '../progress.ts'
import { count, type Paint, painter, plain } from '../style.ts'
import { defineVerb, type Verb } from '../verb.ts'

export const diff: Verb = defineVerb({
  name: 'diff',
  summary: 'Compare what two nodes hold.',
  details:
    'Compares versions, not values: one version has one value. A key that both have deleted, or that one has deleted and the other never had, does not differ. Nodes that take writes meanwhile may differ for a moment; run it again. Exit code 1 when anything differs.',
  operands: [
    { name: 'URL_A', describe: 'address of one node' },
    { name: 'URL_B', describe: 'address of the other' },
  ],
  flags: {
    prefix: { type: 'string', default: '', describe: 'only keys that begin with this' },
    limit: { type: 'number', describe: 'most differences to list; all are counted' },
    ...REMOTE_FLAGS,
  },
  examples: [
    ['hearsay diff ws://10.0.0.5:7070 ws://10.0.0.6:7070', 'which keys differ'],
    ['hearsay diff a:7070 b:7070 --limit 0', 'only how many'],
  ],
  run: async (args, [a = '', b = ''], io) => {
    const { prefix, limit = Number.POSITIVE_INFINITY } = args
    const scan = (client: Client<Uint8Array>): EntryCursor =>
      new EntryCursor(client.admin.scanEntries({ prefix, tombstones: true }))
    const progress = new Progress(io.stderr)
    const paint = painter(io.stdout, io.env)
    let found = 0
    let compared = 0
    await withNode([a], args, io, (clientA) =>
      withNode([b], args, io, async (clientB) => {
        for await (const { key, difference } of differences(scan(clientA), scan(clientB))) {
          compared++
          progress.show(() => `compared ${count(compared, 'key')}, ${count(found, 'difference')}`)
          if (difference === undefined) continue
          found++
          if (found > limit) continue
          progress.clear()
          await io.stdout.line(args.json ? jsonLine(key, difference) : textLine(key, difference, paint))
        }
      }),
    ).finally(() => progress.clear())
    const words = found === 0 ? 'no differences' : count(found, 'difference')
    if (args.json) await io.stdout.line(JSON.stringify({ differences: found, compared }))
    else await io.stdout.line(`${words} in ${count(compared, 'key')}`)
    return found === 0 ? EXIT.ok : EXIT.no
  },
})

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
