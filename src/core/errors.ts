/**
 * Every error that a user of hearsay can meet. A code never changes once published; messages may. `retryable` says
 * that the same call may succeed later without a change by the caller; `maybeApplied` that a write may have taken
 * effect although the call failed. Errors of peers are not thrown to users: see `PeerError` in the wire format.
 */

/** What each code means, in one sentence. The documentation has a heading for each, and a test compares them. */
export const ERROR_CODES = {
  ERR_INVALID_KEY: 'The key is empty, too long, or not well-formed Unicode.',
  ERR_INVALID_VALUE: 'The value cannot be encoded, or does not decode with the codec in use.',
  ERR_VALUE_TOO_LARGE: 'The encoded value is longer than valueBytesMax.',
  ERR_BATCH_TOO_LARGE: 'The batch holds more changes or bytes than one call may carry.',
  ERR_INVALID_ARGUMENT: 'An argument or option has a wrong type or lies outside its range.',
  ERR_USAGE: 'The command line is wrong: an unknown verb or flag, or a missing argument.',
  ERR_ABORTED: 'The caller aborted the call through its signal.',
  ERR_TIMEOUT: 'The call did not finish before its deadline.',
  ERR_CLOSED: 'The store was closed.',
  ERR_NOT_READY:
    'The node is still reading its log, or taking over what the others have; wait and try again, or ask another.',
  ERR_CLOCK_SKEW: 'The clock of the node is too far from those of its peers; it takes no writes until that is mended.',
  ERR_NO_SUCH_MEMBER: 'The cluster has no member of that name, or it cannot be reached from this node now.',
  ERR_OVERLOADED: 'Too many writes wait for the disk or the network; wait and try again.',
  ERR_UNREACHABLE: 'No node answered at any of the given addresses.',
  ERR_PROTOCOL: 'The other side sent something that is not the hearsay protocol, or of another wire version.',
  ERR_WRONG_CLUSTER: 'The other side belongs to a cluster of another name.',
  ERR_NOT_ALLOWED: 'The node does not allow this call.',
  ERR_NAME_IN_USE: 'Another running node uses the same name.',
  ERR_ADDRESS_IN_USE: 'Another program listens on the address already.',
  ERR_ADDRESS_UNAVAILABLE: 'The address to listen on cannot be used on this machine.',
  ERR_FOLDER_IN_USE: 'Another process uses the data folder.',
  ERR_FOLDER_UNUSABLE: 'The data folder cannot be made, read or written.',
  ERR_LOG_DAMAGED: 'The log holds a damaged stretch with valid records behind it.',
  ERR_LOG_FOREIGN: 'The data folder holds a log of another node, cluster or format version.',
  ERR_DISK_FULL: 'The disk of the node is full; deletes may still be taken, and other writes when there is room again.',
  ERR_DISK_FAILED:
    'The disk refused a write or a sync. The node writes its log anew to other files; where that fails too it only reads.',
  ERR_WATCH_OVERFLOW: 'The reader of a watch was too slow, and its queue reached its limit.',
  ERR_INTERNAL: 'hearsay broke a rule of its own; please report it.',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_TIMEOUT',
  'ERR_NOT_READY',
  'ERR_CLOCK_SKEW',
  'ERR_OVERLOADED',
  'ERR_DISK_FULL',
  'ERR_UNREACHABLE',
  'ERR_WATCH_OVERFLOW',
])

export class HearsayError extends Error {
  override readonly name = 'HearsayError'
  readonly code: ErrorCode
  /** Whether the same call may succeed later, with nothing changed by the caller. */
  readonly retryable: boolean
  /** Whether a write may have taken effect although the call failed. */
  readonly maybeApplied: boolean

  constructor(code: ErrorCode, message: string, options: { maybeApplied?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.retryable = RETRYABLE.has(code)
    this.maybeApplied = options.maybeApplied ?? false
  }
}

/** Stops the node when hearsay broke a rule of its own. Never for what a caller, a peer or a disk did. */
export function invariant(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new HearsayError('ERR_INTERNAL', `invariant broken: ${rule}`)
}
