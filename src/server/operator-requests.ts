/**
 * What operators ask in a session: reports, orders that change the node or its membership, a comparison with a peer, and
 * the sketch by which two nodes are compared from outside. Each kind of work that does not end at once is bounded in
 * number, each answer in bytes. What the answers mean is the host's.
 */

import { CONFLICTS_MAX } from '../core/conflicts.ts'
import { HearsayError, invariant } from '../core/errors.ts'
import type { ConflictReport } from '../core/report.ts'
import type { Backup } from '../host/backups.ts'
import type { HostApi } from '../host/host-api.ts'
import type { Reply, Request } from '../wire/client-messages.ts'
import { RESOLVE_KS_MAX } from '../wire/limits.ts'
import { withoutValue } from './without-value.ts'

/** A report of conflicts ends at the one with which its JSON may pass this; well below what the wire takes. */
export const CONFLICTS_BYTES_MAX: number = 2 * 1024 * 1024
/** Of a backup in one reply: little enough to be encoded at one go. */
export const BACKUP_CHUNK_BYTES: number = 256 * 1024
const NO_BYTES = new Uint8Array(0)
/** Syncs of one session that run. One more fails with `ERR_OVERLOADED`. */
export const SYNCS_IN_FLIGHT_MAX = 4
/** Orders of one session that wait for the disk. One more fails with `ERR_OVERLOADED`. */
export const ORDERS_IN_FLIGHT_MAX = 64

export type OperatorRequest = Extract<
  Request,
  {
    kind:
      | 'status'
      | 'members'
      | 'conflicts'
      | 'sync'
      | 'forget'
      | 'resetClock'
      | 'sketch'
      | 'resolve'
      | 'backup'
      | 'fault'
  }
>

export interface OperatorOptions {
  readonly api: HostApi
  /** Whether `fault` requests are served. */
  readonly faults: boolean
  reply(reply: Reply): void
  fail(id: number, error: HearsayError): void
}

export class OperatorRequests {
  readonly #api: HostApi
  readonly #options: OperatorOptions
  #syncsInFlight = 0
  #ordersInFlight = 0
  /** The one that goes on, and how far it was read. */
  #backup: { readonly reading: Backup; offset: number } | undefined

  constructor(options: OperatorOptions) {
    this.#options = options
    this.#api = options.api
  }

  /** Answers now or later. Throws `HearsayError` for what is refused at once. */
  serve(request: OperatorRequest): void {
    const { id } = request
    switch (request.kind) {
      case 'status':
        this.#report(id, this.#api.status())
        return
      case 'members':
        this.#report(id, this.#api.members())
        return
      case 'conflicts':
        this.#report(id, this.#conflicts(request))
        return
      case 'sync':
        this.#sync(request)
        return
      case 'forget':
        this.#order(id, (done) => this.#api.forget(request.name, done))
        return
      case 'resetClock':
        this.#order(id, (done) => this.#api.resetClock(done))
        return
      case 'sketch':
        this.#sketch(request)
        return
      case 'resolve':
        this.#resolve(request)
        return
      case 'backup':
        this.#readBackup(request)
        return
      case 'fault':
        if (!this.#options.faults) throw new HearsayError('ERR_NOT_ALLOWED', 'this node does not serve faults')
        this.#api.refuse(request.refuse)
        this.#options.reply({ kind: 'done', id })
        return
    }
  }

  /** The session is over. */
  close(): void {
    this.#backup?.reading.close()
    this.#backup = undefined
  }

  #readBackup({ id, offset }: Extract<Request, { kind: 'backup' }>): void {
    if (offset === 0) {
      this.close()
      this.#backup = { reading: this.#api.backup(), offset: 0 }
    }
    const backup = this.#backup
    if (backup === undefined || backup.offset !== offset) {
      throw new HearsayError('ERR_CLOSED', 'the backup ended with its connection, or before; begin another')
    }
    const bytes = backup.reading.next(BACKUP_CHUNK_BYTES)
    backup.offset += bytes?.length ?? 0
    if (bytes === undefined) this.close()
    this.#options.reply({ kind: 'chunk', id, bytes: bytes ?? NO_BYTES, more: bytes !== undefined })
  }

  #report(id: number, report: unknown): void {
    this.#options.reply({ kind: 'report', id, report })
  }

  #conflicts({ prefix, limit }: Extract<Request, { kind: 'conflicts' }>): readonly ConflictReport[] {
    if (limit < 1) throw new HearsayError('ERR_INVALID_ARGUMENT', 'a list of conflicts has room for at least one')
    const found = this.#api.conflicts(prefix, Math.min(limit, CONFLICTS_MAX))
    let bytes = 0
    return found.filter((conflict) => {
      bytes += jsonBytesMax(conflict)
      return bytes <= CONFLICTS_BYTES_MAX
    })
  }

  #sync({ id, peer }: Extract<Request, { kind: 'sync' }>): void {
    if (this.#syncsInFlight >= SYNCS_IN_FLIGHT_MAX) {
      throw new HearsayError('ERR_OVERLOADED', `at most ${SYNCS_IN_FLIGHT_MAX} syncs of a client run at one time`)
    }
    this.#syncsInFlight++
    this.#api.sync(peer, (error, report) => {
      this.#syncsInFlight--
      invariant(error !== undefined || report !== undefined, 'a sync that succeeds has a report')
      if (error !== undefined) this.#options.fail(id, error)
      else this.#report(id, report)
    })
  }

  /** Asks the host for something that is answered when it is in the log. */
  #order(id: number, start: (done: (error: HearsayError | undefined) => void) => void): void {
    if (this.#ordersInFlight >= ORDERS_IN_FLIGHT_MAX) {
      throw new HearsayError('ERR_OVERLOADED', `more than ${ORDERS_IN_FLIGHT_MAX} orders of this client wait`)
    }
    this.#ordersInFlight++
    start((error) => {
      this.#ordersInFlight--
      if (error !== undefined) this.#options.fail(id, error)
      else this.#options.reply({ kind: 'done', id })
    })
  }

  #sketch({ id, cells: wanted }: Extract<Request, { kind: 'sketch' }>): void {
    const { cells, view } = this.#api.sketch(wanted)
    const { count, sum, estimator } = view
    this.#options.reply({ kind: 'sketch', id, cells, view: { count, sum, estimator } })
  }

  #resolve({ id, ks }: Extract<Request, { kind: 'resolve' }>): void {
    if (ks.length > RESOLVE_KS_MAX) {
      throw new HearsayError('ERR_INVALID_ARGUMENT', `at most ${RESOLVE_KS_MAX} hashes are resolved at one time`)
    }
    const entries = this.#api.heldUnder(ks).map(withoutValue)
    this.#options.reply({ kind: 'page', id, entries, more: false })
  }
}

/** Of a key each UTF-16 unit may take six bytes of JSON; names, origins and numbers together stay below a kilobyte. */
function jsonBytesMax({ key, lost, kept }: ConflictReport): number {
  return 6 * key.length + (lost.value?.length ?? 0) + (kept.value?.length ?? 0) + 1_024
}
