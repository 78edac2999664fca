/**
 * The one promise to every version of the wire, past and future: a hello is an array that begins with type 0 and the
 * version of its sender. So two versions can always tell each other what they are, and nothing else of it is read.
 */

import type { FrameReader } from './frame-reader.ts'
import { PeerError } from './peer-error.ts'
import { WIRE_VERSION } from './peer-messages.ts'

/** Throws a `PeerError` of code `wire-version` for another version than ours. */
export function readWireVersion(reader: FrameReader): number {
  const wire = reader.integer(0, Number.MAX_SAFE_INTEGER, 'wire version')
  if (wire !== WIRE_VERSION) {
    throw new PeerError('wire-version', `the other side speaks wire version ${wire}, this one speaks ${WIRE_VERSION}`)
  }
  return wire
}
