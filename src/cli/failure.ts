/**
 * How a failure is told: one line with its code, and a hint where there is something to do about it; with `--json` one
 * object. A fault of our own shows its stack, since whoever sees it can only report it.
 */

import { HearsayError } from '../core/errors.ts'
import { EXIT, EXIT_OF_ERROR } from './exit-codes.ts'
import { type Io, OutputFailed } from './io.ts'
import { painter, plain } from './style.ts'
import { isSystemError, systemWords } from './system-error.ts'
import type { Hints } from './verb.ts'

/** Of codes that ask for the same whatever the verb is; the others are the verbs'. */
const HINTS: Hints = {
  ERR_UNREACHABLE: 'is a node running there? `hearsay serve` starts one; --url names another',
  ERR_WRONG_CLUSTER: '--cluster names the cluster; without it a client takes any',
  ERR_PROTOCOL: 'does another program, or another version of hearsay, listen at this address?',
  ERR_TIMEOUT: '--timeout gives it longer',
  ERR_NOT_READY: '`hearsay status` shows how far it is; wait and try again, or ask another node',
  ERR_CLOCK_SKEW: 'set the clock of that machine right (NTP); `hearsay members` shows how far clocks are off',
  ERR_NO_SUCH_MEMBER: '`hearsay members` lists them, and which are linked',
  ERR_OVERLOADED: 'the node has more to write than its disk takes; try again later',
  ERR_WATCH_OVERFLOW: 'read faster, or watch less: --prefix',
  ERR_VALUE_TOO_LARGE: 'the nodes take longer values with --value-bytes-max, up to 16 MiB',
  ERR_INTERNAL: 'this is a fault in hearsay; please report it with the lines above',
}

/** A web server, a node too, says so to a path that it does not know. */
const NO_NODE_THERE = /response: 404$/
const PATH_HINT = 'a server answered, but no node is at that path; the address of a node has none: ws://host:port'

/** A node that refuses clients for now says so to the handshake of a link. */
const NODE_STARTS = /response: 503\b/
const START_HINT = 'the node is starting: it reads its log or takes over what the others have; wait and try again'

/** What verbs that write to a node say of its disk. */
export const WRITE_HINTS: Hints = {
  ERR_DISK_FAILED: 'another node takes the write; `hearsay status` shows whether this one only reads, and its log why',
}

/** `hint` comes before that of the code. Returns the exit code. */
export async function tellFailure(error: unknown, io: Io, asJson: boolean, hint?: string): Promise<number> {
  if (error instanceof OutputFailed) return tellOutputFailed(error, io, asJson)
  const failure = known(error)
  const { code, message, retryable, maybeApplied } = failure
  const advice = hint ?? (code === 'ERR_UNREACHABLE' ? unreachableHint(message) : HINTS[code])
  const stack = code === 'ERR_INTERNAL' && error instanceof Error ? error.stack : undefined
  if (asJson) {
    const told = { code, message, retryable, maybeApplied, ...(advice && { hint: advice }), ...(stack && { stack }) }
    io.stderr.say(`${JSON.stringify({ error: told })}\n`)
  } else {
    const paint = painter(io.stderr, io.env)
    if (stack !== undefined) io.stderr.say(`${stack}\n`)
    io.stderr.say(`${paint('hearsay:', 'bold')} ${paint(code, 'red')}: ${plain(message)}\n`)
    if (maybeApplied) io.stderr.say(`${paint('  note: the write may have taken effect all the same', 'dim')}\n`)
    if (advice !== undefined) io.stderr.say(`${paint(`  hint: ${advice}`, 'dim')}\n`)
  }
  await io.stderr.flush()
  return EXIT_OF_ERROR[code] ?? EXIT.bug
}

/** What to do depends on what was there instead of a node that answers. */
function unreachableHint(message: string): string | undefined {
  if (NODE_STARTS.test(message)) return START_HINT
  return NO_NODE_THERE.test(message) ? PATH_HINT : HINTS.ERR_UNREACHABLE
}

/** No error of the store, so without one of its codes: what was asked for may have been done, and cannot be told. */
async function tellOutputFailed({ code, message }: OutputFailed, io: Io, asJson: boolean): Promise<number> {
  const text = asJson
    ? JSON.stringify({ error: { code, message } })
    : `${painter(io.stderr, io.env)('hearsay:', 'bold')} ${plain(message)}`
  io.stderr.say(`${text}\n`)
  await io.stderr.flush()
  return EXIT.no
}

function known(error: unknown): HearsayError {
  if (error instanceof HearsayError) return error
  // What the system says about a file or a stream that the user named is no fault of ours.
  if (isSystemError(error)) return new HearsayError('ERR_INVALID_ARGUMENT', systemWords(error))
  const message = error instanceof Error ? error.message : String(error)
  return new HearsayError('ERR_INTERNAL', message, { cause: error })
}
