/** `hearsay import`: lines of JSON into the store. The first bad line ends it; what stood before it is stored. */

import { createReadStream } from 'node:fs'
import { HearsayError } from '../../core/errors.ts'
import { BatchWriter } from '../batch-writer.ts'
import { CLIENT_FLAGS, withClient } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { WRITE_HINTS } from '../failure.ts'
import { type ImportRecord, parseRecord, type RecordForm, remainingMs } from '../import-record.ts'
import type { Io } from '../io.ts'
import { type Line, readLines } from '../line-reader.ts'
import { Progress } from '../progress.ts'
import { count } from '../style.ts'
import { CODEC_FLAG } from '../value-form.ts'
import { defineVerb, type Verb } from '../verb.ts'

export const importVerb: Verb = defineVerb({
  name: 'import',
  summary: 'Store entries from lines of JSON.',
  details:
    'Each line is {"key":…,"value":…} or {"key":…,"base64":…}, as `export` writes them; what had expired by then is skipped, and what has "expiresAt" keeps the rest of its time. With --key FIELD each line is any JSON object: its FIELD is the key, and the whole object the value. Empty lines are skipped. A bad line ends the import with its number; lines before it are stored, and none behind it. To import the same lines again is harmless, if nobody else has changed the keys since.',
  operands: [{ name: 'FILE', describe: 'file to read; - or nothing reads standard input', optional: true }],
  flags: {
    key: { type: 'string', describe: 'field of arbitrary records that holds the key' },
    prefix: { type: 'string', default: '', describe: 'put this in front of every key' },
    ...CODEC_FLAG,
    ...CLIENT_FLAGS,
  },
  hints: WRITE_HINTS,
  examples: [
    ['hearsay import backup.ndjson', 'what `hearsay export --out backup.ndjson` wrote'],
    ['hearsay import users.ndjson --key id --prefix users/', 'records of another program'],
  ],
  run: (args, [file = '-'], io) => {
    const form = { codec: args.codec, prefix: args.prefix, keyField: args.key }
    const input = file === '-' ? io.stdin : createReadStream(file)
    if (file === '-' && io.stdin.isTTY === true)
      io.stderr.say('reading lines of JSON from this terminal; Ctrl-D ends them\n')
    return withClient(args, io, async (client) => {
      const progress = new Progress(io.stderr)
      const writer = new BatchWriter(client, () => progress.show(() => `imported ${count(writer.written, 'record')}`))
      let expired = 0
      try {
        for await (const line of readLines(input)) {
          if (line.text.trim() === '') continue
          const record = toRecord(line, form)
          const ttl = remainingMs(record, Date.now())
          if (ttl !== undefined && ttl < 1) expired++
          else await writer.add({ ...record, ttl }, line.number)
        }
        await writer.finish()
      } catch (error) {
        throw await stopped(error, writer)
      } finally {
        progress.clear()
        input.destroy()
      }
      await tellCount(writer.written, expired, args.json, io)
      return EXIT.ok
    })
  },
})

function toRecord({ number, text }: Line, form: RecordForm): ImportRecord {
  try {
    return parseRecord(text, form)
  } catch (error) {
    if (!(error instanceof HearsayError)) throw error
    throw new HearsayError(error.code, `line ${number}: ${error.message}`, { cause: error })
  }
}

/** Waits for what was sent, sends what stood before a bad line, and adds to the error what is stored. */
async function stopped(error: unknown, writer: BatchWriter): Promise<unknown> {
  // What the last batch fails with is told only if nothing was wrong before it.
  await writer.finish().catch(() => undefined)
  if (!(error instanceof HearsayError)) return error
  const { code, message, maybeApplied } = error
  return new HearsayError(code, `${message} (${count(writer.written, 'record')} imported)`, {
    maybeApplied,
    cause: error,
  })
}

async function tellCount(imported: number, expired: number, asJson: boolean, io: Io): Promise<void> {
  const skipped = expired === 0 ? '' : `, skipped ${count(expired, 'record')} that had expired`
  if (asJson) await io.stdout.line(JSON.stringify({ imported, expired }))
  else io.stderr.say(`imported ${count(imported, 'record')}${skipped}\n`)
}
