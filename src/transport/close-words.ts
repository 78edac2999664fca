/**
 * Why a link ended, in words. Everything that `LinkEvents.closed` says comes from here, so that two transports say the
 * same. A reason that comes from the operating system starts with its code and a colon (`ECONNREFUSED: …`), which is
 * all that others may rely on; the rest is for people.
 */

/** A close frame holds at most 125 bytes, two of them the code (RFC 6455, 5.5). */
const REASON_BYTES_MAX = 123

/** Close codes of RFC 6455, 7.4.1, as far as hearsay sends or explains them. */
export const CLOSE_NORMAL = 1000
export const CLOSE_GOING_AWAY = 1001
export const CLOSE_UNSUPPORTED = 1003

export const TEXT_FRAME = 'protocol error: a text frame came, and hearsay sends binary frames only'

const CODE_WORDS: Readonly<Record<number, string>> = {
  1000: 'done',
  1001: 'it goes away',
  1002: 'it saw a protocol error',
  1003: 'it does not take text frames',
  1007: 'it saw a malformed text',
  1008: 'it refused',
  1009: 'a frame was too large for it',
  1011: 'it failed',
}

const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the other side broke the connection',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENOTFOUND: 'the name does not resolve',
  EPIPE: 'the other side is gone',
  ETIMEDOUT: 'no answer',
}

/** Cuts a reason to what a close frame can carry, between two characters. */
export function cutReason(reason: string): string {
  const bytes = new TextEncoder().encode(reason)
  if (bytes.length <= REASON_BYTES_MAX) return reason
  return new TextDecoder().decode(bytes.subarray(0, REASON_BYTES_MAX)).replace(/\uFFFD+$/, '')
}

/** The words for a close that the other side began, or for a connection that ended without one (code 1005, 1006). */
export function closeWords(code: number, reason: string): string {
  if (code === 1006) return 'the connection was lost'
  const said = reason === '' ? (CODE_WORDS[code] ?? 'no reason given') : reason
  return `the other side closed the link: ${said} (${code})`
}

/** The words for an error of a socket, of name look-up, or of the WebSocket protocol. */
export function errorWords(error: Error & { code?: string | undefined }): string {
  const first = firstCause(error)
  const code = first.code ?? ''
  if (code.startsWith('WS_ERR_')) return `protocol error: ${first.message} (${code})`
  if (!/^E[A-Z]+$/.test(code)) return first.message
  const place = first.message.replace(`${code} `, '').replace(` ${code}`, '')
  return `${code}: ${SYSTEM_WORDS[code] ?? 'the connection failed'} (${place})`
}

/** A name with several addresses fails with all their errors; "refused" is only said when every address refused. */
function firstCause(error: Error & { code?: string | undefined }): Error & { code?: string | undefined } {
  if (!(error instanceof AggregateError)) return error
  const causes = error.errors as (Error & { code?: string })[]
  return causes.find((cause) => cause.code !== 'ECONNREFUSED') ?? causes[0] ?? error
}
