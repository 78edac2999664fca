/** New writes of others as they come: taken in when they follow what V covers of their author, pulled for when there is a gap. */

import type { AntiEntropy } from './anti-entropy.ts'
import type { Holdings } from './holdings.ts'
import type { Push } from './message.ts'
import type { Outbox } from './outbox.ts'
import type { Pace } from './pace.ts'
import type { Now } from './step.ts'

export class Pushes {
  readonly counters = { pushesTaken: 0, pushesCovered: 0, pushGaps: 0, pushesTakenInPart: 0 }
  readonly #holdings: Holdings
  readonly #antiEntropy: AntiEntropy
  readonly #outbox: Outbox
  readonly #pace: Pace

  constructor(holdings: Holdings, antiEntropy: AntiEntropy, outbox: Outbox, pace: Pace) {
    this.#holdings = holdings
    this.#antiEntropy = antiEntropy
    this.#outbox = outbox
    this.#pace = pace
  }

  hear(from: string, push: Push, now: Now): void {
    // Nobody else can have written as this run.
    if (push.origin === this.#outbox.row.origin) return
    const { claims } = this.#holdings
    const known = claims.seen.get(push.origin)
    if (known >= push.upTo) {
      this.counters.pushesCovered++
      return
    }
    if (known < push.after) {
      // Taking it would claim the writes between, which never came.
      this.counters.pushGaps++
      this.#antiEntropy.wish(from, now)
      return
    }
    this.counters.pushesTaken++
    if (known > push.after) this.counters.pushesTakenInPart++
    const fresh = known > push.after ? push.entries.filter((entry) => entry.time > known) : push.entries
    this.#outbox.append({ kind: 'write', origin: push.origin, upTo: push.upTo, entries: fresh })
    const shown = this.#holdings.merge(fresh, now)
    claims.wrote(push.origin, push.upTo)
    this.#outbox.notify(shown)
    this.#pace.hurryDigest()
  }
}
