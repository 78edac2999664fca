/**
 * What a node takes while its disk is full, behind, or gone for good. Clients' values wait for room, deletes may use what
 * was kept for them; what peers send for the disk is dropped but for their rows, and nothing more is asked of them: a
 * later pull brings it. A disk that failed for good never has room again: the node serves what it has, and only that.
 */

import type { Change } from '../core/change.ts'
import { HearsayError } from '../core/errors.ts'
import type { Body, Message } from '../core/message.ts'
import type { Logger } from '../core/ports.ts'
import type { StatusReport } from '../core/report.ts'
import type { Room } from '../storage/room-keeper.ts'

/** What of a peer goes to the disk. */
const CONTENTS: ReadonlySet<Body['kind']> = new Set(['push', 'piece', 'answer'] as const)
/** What asks a peer for it. */
const ASKING: ReadonlySet<Body['kind']> = new Set(['pull', 'compare', 'split', 'list', 'want'] as const)
const WORDS = {
  reserve: 'The disk is full: deletes are taken while what was kept for them lasts, other writes are refused',
  none: 'The disk is full: writes are refused until there is room; reads go on',
  gone: 'The disk has failed for good: this node only reads, from memory, until it is started on a disk that works',
} as const

export class DiskRoom {
  /** Messages of peers whose content was dropped. */
  contentsShed = 0
  readonly #logger: Logger
  readonly #reject: (error: HearsayError) => void
  #room: Room | 'gone' = 'ample'
  #isSlow = false

  /** `reject`: what waits for the disk will not be there soon, or never. */
  constructor(logger: Logger, reject: (error: HearsayError) => void) {
    this.#logger = logger
    this.#reject = reject
  }

  get report(): StatusReport['disk'] {
    if (this.#room === 'ample') return this.#isSlow ? 'slow' : 'ok'
    return this.#room === 'gone' ? 'failed' : 'full'
  }

  changed(room: Room): void {
    if (this.#room === 'gone') return
    this.#room = room
    if (room === 'ample') this.#logger.info({}, 'The disk has room again: writes are taken')
    else this.#logger.error({ room }, WORDS[room])
    if (room === 'none') this.#reject(diskFull(true))
  }

  /** A sync takes long, or one was quick again. */
  slowed(isSlow: boolean): void {
    this.#isSlow = isSlow
    if (isSlow) this.#logger.warn({}, 'The disk is slow: a sync takes longer than a second, and writes wait for it')
    else this.#logger.info({}, 'The disk syncs as quickly as before')
  }

  /** The log is being written anew. */
  broke(error: HearsayError): void {
    this.#logger.error({ code: error.code }, `${error.message} All is written anew, to other files.`)
    this.#reject(error)
  }

  /** It could not be. */
  failed(error: HearsayError): void {
    this.#room = 'gone'
    this.#logger.error({ code: error.code, reason: error.message }, WORDS.gone)
    this.#reject(error)
  }

  /** Why nothing can be taken any more, orders that the log must have included. */
  get refusal(): HearsayError | undefined {
    if (this.#room !== 'gone') return undefined
    return new HearsayError('ERR_DISK_FAILED', 'the disk of the node has failed, so it only reads: ask another node')
  }

  /** Why these cannot be written now. */
  refusalOf(changes: readonly Change[]): HearsayError | undefined {
    if (this.#room === 'ample') return undefined
    if (this.#room === 'reserve' && changes.every(({ value }) => value === undefined)) return undefined
    return this.refusal ?? diskFull(false)
  }

  /** What of a message may be taken in. */
  bounded(message: Message, isBehind: boolean): Message {
    if (!CONTENTS.has(message.body.kind) || (!isBehind && this.#room === 'ample')) return message
    this.contentsShed++
    return { row: message.row, body: { kind: 'row', rows: [] } }
  }

  /** Whether a peer may hear this: not what it would answer in vain. */
  maySay({ kind }: Body): boolean {
    return this.#room === 'ample' || !ASKING.has(kind)
  }
}

function diskFull(maybeApplied: boolean): HearsayError {
  return new HearsayError('ERR_DISK_FULL', 'the disk of the node is full', { maybeApplied })
}
