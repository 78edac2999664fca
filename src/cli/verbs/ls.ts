/** `hearsay ls`: keys in order, with their values if wanted, or how many there are. */

import type { StoreEntry } from '../../client/store.ts'
import { CLIENT_FLAGS, withClient } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { listEntries } from '../key-pages.ts'
import { RANGE_FLAGS, rangeOf } from '../range-flags.ts'
import { plain } from '../style.ts'
import { CODEC_FLAG, type CodecName, expiryMember, jsonMember, toLine } from '../value-form.ts'
import { defineVerb, type Verb } from '../verb.ts'

export const ls: Verb = defineVerb({
  name: 'ls',
  summary: 'List keys in order.',
  details:
    'Keys are ordered by their bytes. With --values each line has the key, a tab and the value. --json prints one object a line, with expiresAt in Unix ms for what expires. Keys that change while the list is read come as of when their page was read.',
  operands: [{ name: 'PREFIX', describe: 'only keys that begin with this', optional: true }],
  flags: {
    ...RANGE_FLAGS,
    reverse: { type: 'boolean', default: false, describe: 'from the greatest key to the least' },
    limit: { type: 'number', describe: 'most keys to list' },
    values: { type: 'boolean', default: false, describe: 'values too' },
    count: { type: 'boolean', default: false, describe: 'only how many there are' },
    ...CODEC_FLAG,
    ...CLIENT_FLAGS,
  },
  examples: [
    ['hearsay ls flags/', 'all keys that begin with flags/'],
    ['hearsay ls --count', 'how many keys there are'],
    ['hearsay ls --gte a --lt b --values', 'a range, with values'],
    ['hearsay ls log/ --reverse --limit 10', 'the last ten'],
  ],
  run: (args, [prefix], io) =>
    withClient(args, io, async (client) => {
      const { reverse, limit, codec } = args
      const values = args.values && !args.count
      let found = 0
      for await (const entry of listEntries(client, { ...rangeOf(args, prefix), reverse, limit, values })) {
        found++
        if (args.count) continue
        await io.stdout.line(
          args.json ? jsonLine(entry, values, codec) : textLine(entry, values, codec, io.stdout.isTerminal),
        )
      }
      if (args.count) await io.stdout.line(args.json ? JSON.stringify({ count: found }) : String(found))
      return EXIT.ok
    }),
})

function jsonLine(entry: StoreEntry<Uint8Array>, values: boolean, codec: CodecName): string {
  const { key, value, version, expiresAt } = entry
  const member = values ? `,${jsonMember(codec, value)}` : ''
  return `{"key":${JSON.stringify(key)}${member},"version":${JSON.stringify(version)}${expiryMember(expiresAt)}}`
}

function textLine(entry: StoreEntry<Uint8Array>, values: boolean, codec: CodecName, isTerminal: boolean): string {
  // Like ls of files: a pipe gets names as they are, a terminal only what it can show.
  const key = isTerminal ? plain(entry.key) : entry.key
  return values ? `${key}\t${toLine(codec, entry.value)}` : key
}
