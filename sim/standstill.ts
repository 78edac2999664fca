/**
 * Lets a process stand still, as under SIGSTOP: it takes nothing in until it goes on, and then all that came, in order. Each
 * standstill is taken back by itself; the process goes on when none is left.
 */

import type { LinkEvents } from '../src/core/ports.ts'

export class Standstill {
  readonly #changed: (isStill: boolean) => void
  readonly #standing = new Set<object>()
  /** What came meanwhile. */
  #backlog: (() => void)[] | undefined
  /** Counts processes: what waited for a former one finds nobody. */
  #process = 0

  /** `changed`: told when the process stops and when it goes on. */
  constructor(changed: (isStill: boolean) => void) {
    this.#changed = changed
  }

  get isStill(): boolean {
    return this.#backlog !== undefined
  }

  /** Calls now, or when the process goes on. */
  take(call: () => void): void {
    if (this.#backlog === undefined) call()
    else this.#backlog.push(call)
  }

  begin(): () => void {
    const standing = {}
    this.#standing.add(standing)
    if (this.#backlog === undefined) {
      this.#backlog = []
      this.#changed(true)
    }
    return () => {
      if (this.#standing.delete(standing) && this.#standing.size === 0) this.#goOn()
    }
  }

  /** The process has ended. */
  end(): void {
    this.#process++
    this.#backlog = undefined
    this.#standing.clear()
  }

  /** The same events, for a process that may stand still. */
  gated(events: LinkEvents): LinkEvents {
    return {
      opened: () => this.take(() => events.opened()),
      frame: (bytes) => (this.#backlog === undefined ? events.frame(bytes) : this.take(() => events.frame(bytes))),
      drained: () => this.take(() => events.drained()),
      closed: (reason) => this.take(() => events.closed(reason)),
    }
  }

  #goOn(): void {
    const backlog = this.#backlog ?? []
    const process = this.#process
    this.#backlog = undefined
    this.#changed(false)
    for (const call of backlog) if (this.#process === process) call()
  }
}
