/**
 * What comes from a member, and who takes it in. A joining node has nothing: it takes no pushes and no digests, and who asks
 * it for something is told that there is nothing to have.
 */

import type { AntiEntropy } from './anti-entropy.ts'
import type { ClockGuard } from './clock-guard.ts'
import type { Message, Row } from './message.ts'
import type { Outbox } from './outbox.ts'
import type { OwnRun } from './own-run.ts'
import type { Pushes } from './pushes.ts'
import type { Now } from './step.ts'

export class Inbox {
  readonly #run: OwnRun
  readonly #clockGuard: ClockGuard
  readonly #pushes: Pushes
  readonly #antiEntropy: AntiEntropy
  readonly #outbox: Outbox
  readonly #learn: (row: Row, from: string, now: Now) => void

  /** `learn`: takes in a row that came by way of another. */
  constructor(
    run: OwnRun,
    clockGuard: ClockGuard,
    pushes: Pushes,
    antiEntropy: AntiEntropy,
    outbox: Outbox,
    learn: (row: Row, from: string, now: Now) => void,
  ) {
    this.#run = run
    this.#clockGuard = clockGuard
    this.#pushes = pushes
    this.#antiEntropy = antiEntropy
    this.#outbox = outbox
    this.#learn = learn
  }

  /** The sender's own row, and its marks, have been taken in. */
  hear(from: string, { row, body }: Message, now: Now): void {
    const wasJoining = this.#run.isJoining
    switch (body.kind) {
      case 'row':
        this.#clockGuard.heard(from, row.wallMs, now)
        for (const one of body.rows) this.#learn(one, from, now)
        break
      case 'push':
        // A joining node has nothing, which is what makes a plain pull enough for it.
        if (!wasJoining) this.#pushes.hear(from, body, now)
        break
      case 'digest':
        if (!wasJoining) this.#antiEntropy.hearDigest(from, body, now)
        break
      case 'same':
        this.#antiEntropy.hearSame(from, now)
        break
      case 'pull':
        if (wasJoining) this.#outbox.send([from], { kind: 'ended', exchange: body.exchange })
        else this.#antiEntropy.hearPull(from, row.origin, body, now)
        break
      case 'piece':
        this.#antiEntropy.hearPiece(from, body, now)
        break
      case 'ended':
        this.#antiEntropy.hearEnded(from, body, now)
        break
      case 'whole':
        this.#antiEntropy.hearWhole(from, body, now)
        break
      case 'unsafe':
        this.#antiEntropy.hearUnsafe(from, body, now)
        break
      case 'gone':
        break
      default:
        if (wasJoining) this.#outbox.send([from], { kind: 'ended', exchange: body.exchange })
        else this.#antiEntropy.hearRepair(from, row.origin, body, now)
        break
    }
  }
}
