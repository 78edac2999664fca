/** I13, as far as it is built: what waits for a slow disk or a slow link stays within its limits. */

import { type Checker, type Scene, Violation } from '../checker.ts'
import { HOST_LIMITS, LINK_LIMITS } from '../sim-node.ts'

/** A queue is looked at before something is added: it passes its limit by the longest single thing. */
const ONE_MORE_BYTES = 8 * 1024

export function bounds({ nodes, network }: Scene): Checker {
  const logMax = HOST_LIMITS.logPendingBytesMax + ONE_MORE_BYTES
  const linkMax = LINK_LIMITS.linkQueueBytesMax + ONE_MORE_BYTES
  const checker: Checker = {
    id: 'I13',
    rule: 'whatever is slow, what waits for it stays within stated limits',
    sample() {
      for (const { name, host } of nodes) {
        if (host === undefined) continue
        const pending = host.logPendingBytes
        if (pending > logMax)
          throw new Violation(checker, `${pending} bytes wait for the disk of ${name}, at most ${logMax} may`)
        const queued = network.queuedMost(name)
        if (queued > linkMax)
          throw new Violation(checker, `${queued} bytes wait in a link of ${name}, at most ${linkMax} may`)
      }
    },
  }
  return checker
}
