/**
 * What a node takes while its disk is full or behind. Clients' values wait for room, deletes may use what was kept for them,
 * and what peers send for the disk is dropped but for their rows: a pull brings it later.
 */

import type { Change } from '../core/change.ts'
import type { Message } from '../core/message.ts'
import type { Logger } from '../core/ports.ts'
import type { Room } from '../storage/room-keeper.ts'

/** What of a peer goes to the disk. */
const CONTENTS: ReadonlySet<string> = new Set(['push', 'piece', 'answer'])
const WORDS = {
  reserve: 'The disk is full: deletes are taken while what was kept for them lasts, other writes are refused',
  none: 'The disk is full: writes are refused until there is room; reads go on',
} as const

export class DiskRoom {
  /** Messages of peers whose content was dropped. */
  contentsShed = 0
  /** What the disk has. */
  room: Room = 'ample'
  readonly #logger: Logger
  readonly #full: () => void

  /** `full`: nothing that waits for the disk will be there soon. */
  constructor(logger: Logger, full: () => void) {
    this.#logger = logger
    this.#full = full
  }

  changed(room: Room): void {
    this.room = room
    if (room === 'ample') this.#logger.info({}, 'The disk has room again: writes are taken')
    else this.#logger.error({ room }, WORDS[room])
    if (room === 'none') this.#full()
  }

  mayWrite(changes: readonly Change[]): boolean {
    if (this.room === 'ample') return true
    return this.room === 'reserve' && changes.every(({ value }) => value === undefined)
  }

  /** What of a message may be taken in. */
  bounded(message: Message, isBehind: boolean): Message {
    if (!CONTENTS.has(message.body.kind) || (!isBehind && this.room === 'ample')) return message
    this.contentsShed++
    return { row: message.row, body: { kind: 'row', rows: [] } }
  }
}
