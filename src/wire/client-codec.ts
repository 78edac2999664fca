/**
 * Messages between a client and a node, to bytes and back: `[type, id, …]`. The same promises as between nodes: what
 * the decoders let through has the types and bounds of client-messages.ts, anything else is a `PeerError`. Runs in
 * browsers. The bytes are a promise: PROTOCOL.md.
 */

import type { ClientHello, ClientMessage, NodeHello, NodeMessage } from './client-messages.ts'
import { packReply, REPLY_FORMS, REPLY_TYPE } from './client-reply.ts'
import { packRequest, REQUEST_FORMS, REQUEST_TYPE } from './client-request.ts'
import { packFrame } from './codec.ts'
import { readLabel, readNodeName } from './fields.ts'
import { FrameReader } from './frame-reader.ts'
import { readWireVersion } from './hello.ts'
import { type Form, type Forms, ID_MAX } from './session-form.ts'

const HELLO = 0
const TYPES_MAX = 127
// A hello of another version may have more fields, and its version must still be read.
const FIELDS_MAX = 1_000

export function encodeClientMessage(message: ClientMessage): Uint8Array {
  if (message.kind === 'hello') return packFrame([HELLO, message.wire, message.cluster])
  return packFrame([REQUEST_TYPE[message.kind], message.id, ...packRequest(message)])
}

export function encodeNodeMessage(message: NodeMessage): Uint8Array {
  if (message.kind === 'hello') {
    const { wire, cluster, name, valueBytesMax, frameBytesMax } = message
    return packFrame([HELLO, wire, cluster, name, valueBytesMax, frameBytesMax])
  }
  return packFrame([REPLY_TYPE[message.kind], message.id, ...packReply(message)])
}

/** What a node makes of a client's frame. Throws `PeerError` and nothing else. */
export function decodeClientMessage(frame: Uint8Array): ClientMessage {
  return decode(frame, REQUEST_FORMS, readClientHello)
}

/** What a client makes of a node's frame. Throws `PeerError` and nothing else. */
export function decodeNodeMessage(frame: Uint8Array): NodeMessage {
  return decode(frame, REPLY_FORMS, readNodeHello)
}

function decode<T, H>(frame: Uint8Array, forms: Forms<T>, hello: (reader: FrameReader, length: number) => H): T | H {
  const reader = new FrameReader(frame)
  const length = reader.arrayLength(FIELDS_MAX, 'frame')
  const type = reader.integer(0, TYPES_MAX, 'type')
  const decoded = type === HELLO ? hello(reader, length) : readForm(reader, forms[type], type, length)
  reader.end()
  return decoded
}

function readForm<T>(reader: FrameReader, form: Form<T> | undefined, type: number, length: number): T {
  if (form === undefined) return reader.fail('a known type')
  if (length !== 2 + form.fields) reader.fail(`${2 + form.fields} fields`)
  // Id 0 is the session, of which only an error speaks.
  const id = reader.integer(type === REPLY_TYPE.error ? 0 : 1, ID_MAX, 'id')
  return form.read(reader, id)
}

function readClientHello(reader: FrameReader, length: number): ClientHello {
  const wire = readWireVersion(reader)
  if (length !== 3) reader.fail('3 fields: hello')
  return { kind: 'hello', wire, cluster: readLabel(reader, 'cluster') }
}

function readNodeHello(reader: FrameReader, length: number): NodeHello {
  const wire = readWireVersion(reader)
  if (length !== 6) reader.fail('6 fields: hello')
  const cluster = readLabel(reader, 'cluster')
  const name = readNodeName(reader)
  const valueBytesMax = reader.integer(1, Number.MAX_SAFE_INTEGER, 'valueBytesMax')
  const frameBytesMax = reader.integer(1, Number.MAX_SAFE_INTEGER, 'frameBytesMax')
  return { kind: 'hello', wire, cluster, name, valueBytesMax, frameBytesMax }
}
