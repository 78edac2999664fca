/** `hearsay watch`: the state, then each change, a line each, until it is stopped. */

import type { WatchEvent } from '../../client/store.ts'
import { CLIENT_FLAGS, withClient } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { type Colour, type Paint, painter, plain } from '../style.ts'
import { CODEC_FLAG, type CodecName, expiryMember, jsonMember, toLine } from '../value-form.ts'
import { defineVerb, type Verb } from '../verb.ts'

type ByteEvent = WatchEvent<Uint8Array>

export const watch: Verb = defineVerb({
  name: 'watch',
  summary: 'Follow changes as they happen.',
  details:
    'First come the entries that are there, then `ready`, then changes: `put`, tab, key, tab, value, or `delete` or `expire`, tab, key. After a lost connection comes `reset`, and the state anew up to the next `ready`. --json prints one object a line. Ctrl-C ends it with exit code 0.',
  operands: [{ name: 'KEY', describe: 'only this key', optional: true }],
  flags: {
    prefix: { type: 'string', describe: 'only keys that begin with this' },
    ...CODEC_FLAG,
    ...CLIENT_FLAGS,
  },
  examples: [
    ['hearsay watch --prefix flags/', 'all keys that begin with flags/'],
    ['hearsay watch config/site --json', 'one key, for a program'],
  ],
  run: (args, [key], io) =>
    withClient(args, io, async (client) => {
      // A watch waits for a node for ever; whoever starts one wants to know that there is none.
      await client.admin.status()
      const events = client.watch({ key, prefix: args.prefix })
      const stay = io.onStop(() => void events.return())
      const show = args.json ? jsonEvent : textEvent(io)
      try {
        for await (const event of events) await io.stdout.line(show(event, args.codec))
      } finally {
        stay()
      }
      return EXIT.ok
    }),
})

function jsonEvent(event: ByteEvent, codec: CodecName): string {
  if (event.type === 'ready' || event.type === 'reset') return JSON.stringify(event)
  const head = `{"type":"${event.type}","key":${JSON.stringify(event.key)}`
  const version = `"version":${JSON.stringify(event.version)}`
  if (event.type === 'delete') return `${head},${version},"cause":"${event.cause}"}`
  return `${head},${jsonMember(codec, event.value)},${version}${expiryMember(event.expiresAt)}}`
}

const COLOURS: Readonly<Record<ByteEvent['type'], Colour>> = {
  put: 'green',
  delete: 'red',
  ready: 'dim',
  reset: 'yellow',
}

function textEvent(io: Io): (event: ByteEvent, codec: CodecName) => string {
  const paint: Paint = painter(io.stdout, io.env)
  return (event, codec) => {
    const word = paint(event.type === 'delete' ? event.cause : event.type, COLOURS[event.type])
    if (event.type === 'ready' || event.type === 'reset') return word
    const key = io.stdout.isTerminal ? plain(event.key) : event.key
    return event.type === 'put' ? `${word}\t${key}\t${toLine(codec, event.value)}` : `${word}\t${key}`
  }
}
