/** `hearsay export`: every entry as a line of JSON, in a form that `import` takes back byte for byte. */

import { CLIENT_FLAGS, withClient } from '../connection.ts'
import { EXIT, EXIT_BY_SIGNAL, type StopSignal } from '../exit-codes.ts'
import { openOutFile } from '../out-file.ts'
import { Progress } from '../progress.ts'
import { count } from '../style.ts'
import { CODEC_FLAG, expiryMember, jsonMember } from '../value-form.ts'
import { defineVerb, type Verb } from '../verb.ts'

export const exportVerb: Verb = defineVerb({
  name: 'export',
  summary: 'Write entries as lines of JSON.',
  details:
    'Each line is {"key":…,"value":…}, or {"key":…,"base64":…} when the value has no JSON form with the codec; what expires has "expiresAt", in Unix ms, in front of its value. --out writes a new file and puts it in the place of the old one only when it is complete. Keys that change meanwhile come as of when their page was read.',
  operands: [{ name: 'PREFIX', describe: 'only keys that begin with this', optional: true }],
  flags: {
    out: { type: 'string', describe: 'file to write (default: standard output)' },
    ...CODEC_FLAG,
    ...CLIENT_FLAGS,
  },
  examples: [
    ['hearsay export --out backup.ndjson', 'everything into a file'],
    ['hearsay export flags/ | hearsay import --url other:7070', 'from one cluster into another'],
  ],
  run: async (args, [prefix], io) => {
    const file = args.out === undefined ? undefined : await openOutFile(args.out)
    const target = file?.output ?? io.stdout
    const progress = new Progress(io.stderr)
    const stopping = new AbortController()
    let stopCode: number | undefined
    const stop = (signal: StopSignal): void => {
      stopCode = EXIT_BY_SIGNAL[signal]
      stopping.abort()
    }
    // With no part to take away a signal may end the program at once.
    const stay = file?.hasPart === true ? io.onStop(stop) : () => {}
    let exported = 0
    try {
      await withClient(args, io, async (client) => {
        for await (const { key, value, expiresAt } of client.scan({ prefix, signal: stopping.signal })) {
          await target.line(`{"key":${JSON.stringify(key)}${expiryMember(expiresAt)},${jsonMember(args.codec, value)}}`)
          exported++
          if (file !== undefined || !io.stdout.isTerminal) progress.show(() => `exported ${count(exported, 'key')}`)
        }
      })
      await file?.keep()
    } catch (error) {
      if (stopCode === undefined) throw error
      return stopCode
    } finally {
      progress.clear()
      await file?.close()
      stay()
    }
    if (args.json && file !== undefined) await io.stdout.line(JSON.stringify({ exported }))
    else if (file !== undefined) io.stderr.say(`exported ${count(exported, 'key')} to ${args.out}\n`)
    return EXIT.ok
  },
})
