/** `hearsay get`: one value, ready for a pipe; exit code 1 when the key is not there. */

import { CLIENT_FLAGS, withClient } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { CODEC_FLAG, expiryMember, jsonMember, toPrint } from '../value-form.ts'
import { defineVerb, type Verb } from '../verb.ts'

export const get: Verb = defineVerb({
  name: 'get',
  summary: 'Print the value of a key.',
  details:
    'With the codec json the JSON text is printed, with string the text, with bytes exactly the bytes. --json prints an object with key, value, version, when it expires expiresAt in Unix ms, and stalenessMs: all writes of all members older than that had arrived at the node, null when it cannot tell. Bytes without a JSON form stand there as base64. Exit code 1 when the key is not there.',
  operands: [{ name: 'KEY', describe: 'the key' }],
  flags: { ...CODEC_FLAG, ...CLIENT_FLAGS },
  examples: [
    ['hearsay get greeting', 'print what is stored under greeting'],
    ['hearsay get logo --codec bytes > logo.png', 'bytes into a file'],
    ['hearsay get greeting --json', 'with the version of the write'],
  ],
  run: (args, [key = ''], io) =>
    withClient(args, io, async (client) => {
      const entry = await client.getEntry(key)
      if (entry === undefined) {
        if (args.json)
          io.stderr.say(`${JSON.stringify({ error: { code: 'NOT_FOUND', message: 'no such key', key } })}\n`)
        else io.stderr.say(`hearsay: no such key: ${JSON.stringify(key)}\n`)
        return EXIT.no
      }
      const { value, version, expiresAt, stalenessMs = null } = entry
      if (args.json) {
        const head = `{"key":${JSON.stringify(key)},${jsonMember(args.codec, value)}`
        const tail = `${expiryMember(expiresAt)},"stalenessMs":${stalenessMs}}`
        await io.stdout.line(`${head},"version":${JSON.stringify(version)}${tail}`)
      } else {
        await io.stdout.write(toPrint(args.codec, value, io.stdout.isTerminal))
      }
      return EXIT.ok
    }),
})
