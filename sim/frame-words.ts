/** What a frame on a simulated link says, for people: its kind, the keys in it, and a line of words. */

import type { Entry } from '../src/core/entry.ts'
import type { Body, Piece, Push } from '../src/core/message.ts'
import type { Answer } from '../src/core/repair-message.ts'
import { decodeClientMessage, decodeNodeMessage } from '../src/wire/client-codec.ts'
import type { ClientMessage, NodeMessage } from '../src/wire/client-messages.ts'
import { decodePeerFrame } from '../src/wire/peer-codec.ts'
import { PeerError } from '../src/wire/peer-error.ts'

export interface FrameWords {
  readonly what: string
  readonly words: string
  readonly keys: readonly string[]
}

export type FrameSort = 'peer' | 'toNode' | 'toClient'

export function frameWords(bytes: Uint8Array, sort: FrameSort): FrameWords {
  try {
    if (sort === 'toNode') return clientWords(decodeClientMessage(bytes))
    if (sort === 'toClient') return nodeWords(decodeNodeMessage(bytes))
    const message = decodePeerFrame(bytes)
    if ('kind' in message) return { what: 'hello', words: `hello of ${message.row.origin}`, keys: [] }
    return bodyWords(message.body)
  } catch (error) {
    if (!(error instanceof PeerError)) throw error
    return { what: 'garbage', words: error.message, keys: [] }
  }
}

function bodyWords(body: Body): FrameWords {
  const what = body.kind
  switch (body.kind) {
    case 'push':
    case 'piece':
    case 'answer': {
      const keys = body.entries.map(({ key }) => key)
      const tail = tailWords(body)
      const [only, second] = body.entries
      const content = only === undefined || second !== undefined ? `${keys.length} entries` : entryWords(only)
      return { what, words: `${content}, ${tail}`, keys }
    }
    case 'row':
      return { what, words: `the sender's row and ${body.rows.length} more`, keys: [] }
    case 'digest':
      return { what, words: `writes ${body.written}, entries ${body.fingerprint}`, keys: [] }
    case 'pull':
      return { what, words: `exchange ${body.exchange} of the ${body.of}, from piece ${body.next}`, keys: [] }
    case 'gone':
      return { what, words: `${body.marks.length} forgotten`, keys: [] }
    case 'unsafe':
      return { what, words: `exchange ${body.exchange}, floor ${body.floor}`, keys: [] }
    case 'compare':
    case 'sketch':
      return { what, words: `exchange ${body.exchange}, cells from ${body.from}`, keys: [] }
    case 'split':
    case 'parts':
    case 'list':
    case 'listed':
      return { what, words: `exchange ${body.exchange}, ${body.ranges.length} ranges of depth ${body.depth}`, keys: [] }
    case 'want':
      return { what, words: `exchange ${body.exchange}, ${body.ks.length} keys`, keys: [] }
    case 'same':
    case 'ended':
    case 'whole':
      return { what, words: '', keys: [] }
  }
}

function tailWords(body: Push | Piece | Answer): string {
  if (body.kind === 'push') return `up to ${body.upTo}`
  if (body.kind === 'answer') return `for ${body.answered} keys`
  return `piece ${body.index}${body.end ? ', the last' : ''}`
}

function entryWords(entry: Entry): string {
  return entry.kind === 'tombstone'
    ? `${entry.key} deleted`
    : `${entry.key} = ${Buffer.from(entry.value.subarray(0, 60)).toString('utf8')}`
}

function clientWords(message: ClientMessage): FrameWords {
  if (message.kind === 'get') return { what: 'get', words: message.key, keys: [message.key] }
  if (message.kind !== 'write') return { what: message.kind, words: '', keys: [] }
  const keys = message.changes.map(({ key }) => key)
  return { what: 'write', words: `${keys.length} changes`, keys }
}

function nodeWords(message: NodeMessage): FrameWords {
  switch (message.kind) {
    case 'entry':
      return { what: 'entry', words: message.entry?.kind ?? 'nothing', keys: message.entry ? [message.entry.key] : [] }
    case 'page':
    case 'events':
      return {
        what: message.kind,
        words: `${message.entries.length} entries`,
        keys: message.entries.map(({ key }) => key),
      }
    case 'error':
      return { what: 'error', words: `${message.code}: ${message.message}`, keys: [] }
    default:
      return { what: message.kind, words: '', keys: [] }
  }
}
