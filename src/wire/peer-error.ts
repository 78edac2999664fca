/**
 * What the other side of a link did wrong. Thrown by the decoders alone, and nothing else is thrown by them, whatever
 * the bytes: the host catches it, counts it, closes the link. It never reaches a user; the client turns it into
 * `ERR_PROTOCOL`.
 */

/**
 * `malformed`: not a message of this protocol. `too-large`: a frame or a field beyond its named maximum.
 * `wire-version`: a hello of another version of these bytes.
 */
export type PeerErrorCode = 'malformed' | 'too-large' | 'wire-version'

export class PeerError extends Error {
  override readonly name = 'PeerError'
  readonly code: PeerErrorCode

  constructor(code: PeerErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
