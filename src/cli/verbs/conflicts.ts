/**
 * `hearsay conflicts`: acknowledged values that were lost to a write whose author had not seen them. Lists what one node
 * found, as far as it remembers; whether a write was lost is decided where the two met (core/conflicts.ts).
 */

import { CONFLICTS_MAX } from '../../core/conflicts.ts'
import type { ConflictReport, ConflictSide } from '../../core/report.ts'
import { CLIENT_FLAGS, withClient } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { count, duration, moment, painter, plain, table } from '../style.ts'
import { CODEC_FLAG, type CodecName, toLine } from '../value-form.ts'
import { defineVerb, type Verb } from '../verb.ts'

const HEAD = ['FOUND', 'KEY', 'LOST', 'BY', 'KEPT', 'BY', 'LATER BY']
/** Of a value in the table. */
const VALUE_CHARS_MAX = 40

export const conflicts: Verb = defineVerb({
  name: 'conflicts',
  summary: 'List updates that were lost to concurrent ones.',
  details:
    'When two nodes write one key before they hear of each other, the later write wins on all nodes and the other is lost. The node lists those that it has found since its start, or again in its log at the start, the latest first; another node may have found others. With the setting conflictValues it keeps the values too, if they are small.',
  operands: [{ name: 'PREFIX', describe: 'only of keys that begin with this', optional: true }],
  flags: {
    limit: { type: 'number', default: 100, least: 1, most: CONFLICTS_MAX, describe: 'most to list' },
    ...CODEC_FLAG,
    ...CLIENT_FLAGS,
  },
  examples: [
    ['hearsay conflicts', 'the latest hundred'],
    ['hearsay conflicts carts/ --limit 10 --json', 'of some keys, an object a line'],
  ],
  run: (args, [prefix], io) =>
    withClient(args, io, async (client) => {
      const found = await client.admin.conflicts({ prefix, limit: args.limit })
      if (args.json) {
        for (const conflict of found) await io.stdout.line(JSON.stringify(conflict))
        return EXIT.ok
      }
      if (found.length === 0) {
        await io.stdout.line('no lost updates: none since the start of the node, and none in its log')
        return EXIT.ok
      }
      const paint = painter(io.stdout, io.env)
      const rows = [HEAD, ...found.map((conflict) => row(conflict, args.codec))]
      for (const line of table(rows, (cell, at) => (at === 0 ? paint(cell, 'bold') : cell))) await io.stdout.line(line)
      return EXIT.ok
    }),
})

function row({ key, lost, kept, gapMs, foundMs }: ConflictReport, codec: CodecName): string[] {
  const sides = [sideWords(lost, codec), lost.node, sideWords(kept, codec), kept.node]
  return [moment(foundMs), key, ...sides, duration(gapMs)].map(plain)
}

function sideWords({ kind, size, value }: ConflictSide, codec: CodecName): string {
  if (kind === 'tombstone') return 'a delete'
  if (value === undefined) return count(size, 'byte')
  const text = toLine(codec, Buffer.from(value, 'base64'))
  return text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX - 1)}…` : text
}
