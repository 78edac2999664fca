/**
 * The calls that have no answer yet. Each has a deadline from the moment it was made, waiting or sent. A call waits in a
 * bounded queue until the line is open and has room; when the line breaks, reads that were sent go back to the front,
 * and what changes something fails as maybe applied, since nobody knows whether the node had it. What a node refuses because
 * it is not ready goes to the next one, once that node has answered all that it was sent. A call settles once, and always.
 *
 * One timer serves all deadlines: it is set for the nearest.
 */

import type { Version } from '../core/entry.ts'
import { HearsayError } from '../core/errors.ts'
import type { Clock, Timers } from '../core/ports.ts'
import { encodeClientMessage } from '../wire/client-codec.ts'
import type { Reply, Request } from '../wire/client-messages.ts'
import { CHANGES_MAX } from '../wire/limits.ts'
import {
  abortedError,
  type CallOptions,
  checkCallOptions,
  closedError,
  TIMEOUT_MS_MAX,
  timeoutError,
} from './call-options.ts'
import type { Line } from './line.ts'

/** Requests sent and unanswered at one time; the rest wait. */
export const REQUESTS_IN_FLIGHT_MAX = 1_024
/** With more than this queued on the link, calls wait. */
export const SEND_QUEUE_BYTES_HIGH: number = 8 * 1024 * 1024
/** The timer for deadlines is never set for less, so that many near deadlines share one look. */
const DEADLINE_STEP_MS = 5

type WithoutId<R> = R extends Request ? Omit<R, 'id'> : never
export type RequestBody = WithoutId<Exclude<Request, { kind: 'watch' | 'unwatch' | 'ping' }>>
export type ReplyKind = Exclude<Reply['kind'], 'error' | 'events'>

interface Call {
  readonly body: RequestBody
  readonly expects: ReplyKind
  readonly timeoutMs: number
  readonly deadlineMs: number
  /** 0 while it waits. */
  id: number
  /** The node that has it was not ready, and did nothing. */
  isRefused: boolean
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: HearsayError) => void
  release: (() => void) | undefined
}

export interface CallsOptions {
  readonly timers: Timers
  readonly clock: Pick<Clock, 'monoMs'>
  /** Default deadline. */
  readonly timeoutMs: number
  /** Most calls that wait to be sent. */
  readonly queueMax: number
}

export class Calls {
  readonly #options: CallsOptions
  readonly #line: () => Line
  /** In the order in which they will be sent. */
  #waiting = new Set<Call>()
  readonly #sent = new Map<number, Call>()
  #closed = false
  /** Why another node is tried when this one has answered the rest. */
  #leaving: HearsayError | undefined
  #alarmMs = Number.POSITIVE_INFINITY
  #cancelAlarm: () => void = () => {}

  constructor(options: CallsOptions, line: () => Line) {
    this.#options = options
    this.#line = line
  }

  /** Calls without an answer, waiting or sent. */
  get pending(): number {
    return this.#waiting.size + this.#sent.size
  }

  /** The reply of kind `expects`. Rejects with `HearsayError`; throws for wrong options, before anything is queued. */
  ask<K extends ReplyKind>(
    body: RequestBody,
    expects: K,
    options: CallOptions | undefined,
  ): Promise<Extract<Reply, { kind: K }>> {
    this.check(options)
    const refusal = this.#line().refusal
    if (refusal !== undefined) throw new HearsayError(refusal.code, refusal.message)
    if (this.#waiting.size >= this.#options.queueMax) {
      throw new HearsayError('ERR_OVERLOADED', `${this.#options.queueMax} calls wait already`)
    }
    return new Promise((resolve, reject) => {
      const timeoutMs = Math.min(options?.timeout ?? this.#options.timeoutMs, TIMEOUT_MS_MAX)
      const call: Call = {
        body,
        expects,
        timeoutMs,
        deadlineMs: this.#options.clock.monoMs() + timeoutMs,
        id: 0,
        isRefused: false,
        resolve: resolve as (reply: Reply) => void,
        reject,
        release: undefined,
      }
      this.#waiting.add(call)
      const signal = options?.signal
      if (signal !== undefined) {
        const onAbort = (): void => {
          this.#fail(call, abortedError(signal, maybeApplied(call)))
          this.#leaveInTime()
        }
        signal.addEventListener('abort', onAbort)
        call.release = () => signal.removeEventListener('abort', onAbort)
      }
      this.flush()
      this.#setAlarm(call.deadlineMs)
    })
  }

  /** Throws `ERR_CLOSED`, or what is wrong with the options. */
  check(options: CallOptions | undefined): void {
    if (this.#closed) throw closedError()
    checkCallOptions(options)
  }

  /** Sends what waits, as far as there is room. */
  flush(): void {
    const line = this.#line()
    if (line.status !== 'open' || this.#leaving !== undefined) return
    for (const call of this.#waiting) {
      if (this.#sent.size >= REQUESTS_IN_FLIGHT_MAX || line.queuedBytes >= SEND_QUEUE_BYTES_HIGH) return
      const error = this.#tryToSend(line, call)
      if (error !== undefined) this.#fail(call, error)
    }
  }

  answer(reply: Reply): void {
    const call = this.#sent.get(reply.id)
    // An answer to a call that has timed out, to a ping, or to the end of a watch.
    if (call === undefined) return
    if (reply.kind === 'error' && reply.code === 'ERR_NOT_READY') {
      call.isRefused = true
      this.leave(new HearsayError(reply.code, reply.message))
      return
    }
    if (reply.kind === 'error') {
      this.#fail(call, new HearsayError(reply.code, reply.message, { maybeApplied: reply.maybeApplied }))
    } else if (reply.kind !== call.expects) {
      const why = `the node answered a ${call.body.kind} with ${reply.kind}`
      this.#fail(call, new HearsayError('ERR_PROTOCOL', why, { maybeApplied: maybeApplied(call) }))
    } else {
      this.#forget(call)
      call.resolve(reply)
    }
    this.#leaveInTime()
    if (this.#waiting.size > 0) this.flush()
  }

  /** The node is not ready: nothing more is sent to it, and another is looked for. */
  leave(why: HearsayError): void {
    this.#leaving = why
    this.#leaveInTime()
  }

  /** The line broke. */
  lost(reason: string): void {
    this.#leaving = undefined
    const again = new Set<Call>()
    for (const call of [...this.#sent.values()]) {
      const isChanging = isChange(call.body)
      // A backup goes on only where it was begun.
      if (!call.isRefused && (isChanging || call.body.kind === 'backup')) {
        const why = `the connection broke: ${reason}`
        this.#fail(call, new HearsayError('ERR_UNREACHABLE', why, { maybeApplied: isChanging }))
        continue
      }
      call.id = 0
      call.isRefused = false
      again.add(call)
    }
    this.#sent.clear()
    for (const call of this.#waiting) again.add(call)
    this.#waiting = again
  }

  /** Fails everything: there is nobody to wait for. */
  failAll(error: (maybeApplied: boolean) => HearsayError): void {
    for (const call of [...this.#sent.values(), ...this.#waiting]) this.#fail(call, error(maybeApplied(call)))
  }

  close(): void {
    this.#closed = true
    this.failAll(closedError)
    this.#cancelAlarm()
  }

  /** When all that it may still do is done: else nobody could tell whether it was. */
  #leaveInTime(): void {
    const why = this.#leaving
    if (why === undefined) return
    for (const { isRefused } of this.#sent.values()) if (!isRefused) return
    this.#line().leave(why)
  }

  // A call that stayed after a throw would be met first by every flush, and nothing behind it would ever be sent.
  #tryToSend(line: Line, call: Call): HearsayError | undefined {
    try {
      return this.#tooLarge(call) ?? this.#send(line, call, line.nextId())
    } catch (error) {
      if (error instanceof HearsayError) return error
      const why = `the ${call.body.kind} cannot be encoded: ${error instanceof Error ? error.message : String(error)}`
      return new HearsayError('ERR_INTERNAL', why, { maybeApplied: maybeApplied(call), cause: error })
    }
  }

  #send(line: Line, call: Call, id: number): HearsayError | undefined {
    const frame = encodeClientMessage({ ...call.body, id } as Request)
    const max = line.node?.frameBytesMax ?? 0
    if (frame.length > max) {
      return new HearsayError('ERR_BATCH_TOO_LARGE', `the call takes ${frame.length} bytes, the node takes ${max}`)
    }
    this.#waiting.delete(call)
    call.id = id
    this.#sent.set(id, call)
    line.send(frame)
    return undefined
  }

  // Checked here rather than by the node: a frame beyond its limits would cost the connection, and all calls on it.
  #tooLarge({ body }: Call): HearsayError | undefined {
    if (body.kind !== 'write') return undefined
    if (body.changes.length > CHANGES_MAX) {
      return new HearsayError('ERR_BATCH_TOO_LARGE', `a batch has at most ${CHANGES_MAX} operations`)
    }
    const max = this.#line().node?.valueBytesMax ?? 0
    const large = body.changes.find((change) => change.value !== undefined && change.value.length > max)
    if (large === undefined) return undefined
    const why = `the value of ${large.key} takes ${large.value?.length} bytes, the node takes ${max}`
    return new HearsayError('ERR_VALUE_TOO_LARGE', why)
  }

  #fail(call: Call, error: HearsayError): void {
    this.#forget(call)
    call.reject(error)
  }

  #forget(call: Call): void {
    if (call.id === 0) this.#waiting.delete(call)
    else this.#sent.delete(call.id)
    call.release?.()
    // Otherwise a client that is done would keep its program alive until the deadline of a call that was answered.
    if (this.pending === 0) this.#stopAlarm()
  }

  #setAlarm(deadlineMs: number): void {
    if (deadlineMs >= this.#alarmMs || this.pending === 0) return
    this.#cancelAlarm()
    this.#alarmMs = deadlineMs
    const waitMs = Math.max(DEADLINE_STEP_MS, deadlineMs - this.#options.clock.monoMs())
    this.#cancelAlarm = this.#options.timers.after(waitMs, () => this.#expire())
  }

  #stopAlarm(): void {
    this.#cancelAlarm()
    this.#cancelAlarm = () => {}
    this.#alarmMs = Number.POSITIVE_INFINITY
  }

  #expire(): void {
    this.#stopAlarm()
    const nowMs = this.#options.clock.monoMs()
    let nearest = Number.POSITIVE_INFINITY
    for (const call of [...this.#sent.values(), ...this.#waiting]) {
      if (call.deadlineMs <= nowMs) this.#fail(call, this.#lateError(call))
      else nearest = Math.min(nearest, call.deadlineMs)
    }
    this.#leaveInTime()
    if (nearest < Number.POSITIVE_INFINITY) this.#setAlarm(nearest)
  }

  #lateError(call: Call): HearsayError {
    const line = this.#line()
    if ((call.id !== 0 && !call.isRefused) || line.status === 'open')
      return timeoutError(call.timeoutMs, maybeApplied(call))
    const why = `no node answered within ${call.timeoutMs} ms; last, ${line.lastReason}`
    return new HearsayError(line.lastCode, why)
  }
}

function maybeApplied(call: Call): boolean {
  return call.id !== 0 && !call.isRefused && isChange(call.body)
}

/** What must not be asked twice, nor of the next node instead: it may have been done, and by this node alone. */
function isChange({ kind }: RequestBody): boolean {
  return kind === 'write' || kind === 'forget' || kind === 'sync' || kind === 'resetClock' || kind === 'fault'
}

/** The version of a reply as users see it. */
export function versionOf({ time, origin }: Version): Version {
  return { time, origin }
}
