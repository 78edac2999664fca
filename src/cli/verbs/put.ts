/** `hearsay put`: stores one value, from the command line, a file or standard input. */

import { createReadStream } from 'node:fs'
import { HearsayError } from '../../core/errors.ts'
import { TTL_MS_MAX, VALUE_BYTES_LIMIT } from '../../wire/limits.ts'
import { CLIENT_FLAGS, withClient } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { WRITE_HINTS } from '../failure.ts'
import type { Io } from '../io.ts'
import { toMs } from '../time-span.ts'
import { CODEC_FLAG, toStored } from '../value-form.ts'
import { defineVerb, type Verb } from '../verb.ts'

export const put: Verb = defineVerb({
  name: 'put',
  summary: 'Store a value under a key.',
  details:
    'With the codec json a VALUE that is JSON is stored as it is, and any other text as a JSON string, so that `hearsay put greeting hello` just works; quote twice to store digits as text: \'"007"\'. From a file or standard input such text loses the newline at its end. With string and bytes the value is stored exactly. A value that begins with a dash goes behind --, one that begins with @ gets another @ in front.',
  operands: [
    { name: 'KEY', describe: 'the key' },
    { name: 'VALUE', describe: 'the value; - reads standard input, @FILE reads a file' },
  ],
  flags: {
    ttl: {
      type: 'string',
      describe: 'the value expires this long after it is stored, with a unit: 500ms, 30s, 10m, 2h, 7d',
    },
    ...CODEC_FLAG,
    ...CLIENT_FLAGS,
  },
  hints: WRITE_HINTS,
  examples: [
    ['hearsay put greeting hello', 'text, stored as the JSON string "hello"'],
    ['hearsay put flags/dark \'{"on":true}\'', 'JSON'],
    ['hearsay put logo @logo.png --codec bytes', 'a file as it is'],
    ['date | hearsay put now -', 'what another command prints'],
    ['hearsay put presence/ada online --ttl 30s', 'a value that expires'],
    ['hearsay put -- offset -1.5e3', 'a value that begins with a dash'],
  ],
  run: async (args, [key = '', value = ''], io) => {
    const ttl = args.ttl === undefined ? undefined : toMs('--ttl', args.ttl, TTL_MS_MAX)
    const stored = toStored(args.codec, await typedBytes(value, io))
    return withClient(args, io, async (client) => {
      const version = await client.put(key, stored, { ttl })
      if (args.json) await io.stdout.line(JSON.stringify({ key, version }))
      return EXIT.ok
    })
  },
})

function typedBytes(value: string, io: Io): Promise<Uint8Array> | Uint8Array {
  if (value === '-') return readValue(io.stdin)
  if (value.startsWith('@@')) return Buffer.from(value.slice(1))
  if (value.startsWith('@')) return readValue(createReadStream(value.slice(1)))
  return Buffer.from(value)
}

/** Stops reading at what no node takes: an input may have no end. `ERR_VALUE_TOO_LARGE`. */
async function readValue(input: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of input) {
    bytes += part.length
    if (bytes > VALUE_BYTES_LIMIT) {
      throw new HearsayError('ERR_VALUE_TOO_LARGE', `the value is longer than ${VALUE_BYTES_LIMIT} bytes`)
    }
    parts.push(part)
  }
  return Buffer.concat(parts)
}
