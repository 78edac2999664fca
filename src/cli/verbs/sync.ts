/**
 * `hearsay sync`: a node pulls from its peers and compares everything with them, now. One peer after the other, a line
 * each; a peer that fails is told of, and does not keep the others from their turn.
 */

import { HearsayError } from '../../core/errors.ts'
import type { SyncReport } from '../../core/report.ts'
import { CLIENT_FLAGS, withClient } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { tellFailure } from '../failure.ts'
import { count, plain } from '../style.ts'
import { defineVerb, type Verb } from '../verb.ts'

/** To compare and repair many keys takes longer than a call. */
const TIMEOUT_MS = 60_000

export const sync: Verb = defineVerb({
  name: 'sync',
  summary: 'Make a node compare all it holds with its peers, and repair it.',
  details:
    'Nodes do so by themselves when they find that they differ. The node takes over from the peer, and not the other way round: ask the other node for that. It prints a line a peer: entries that the pull brought; keys that differed after it; of those, entries taken over and keys removed; bytes of the comparison. Without PEER it asks all members that are linked, one after the other, and goes on when one fails; the exit code is then that of the last failure.',
  operands: [{ name: 'PEER', describe: 'name of the member; all that are linked without it', optional: true }],
  flags: { ...CLIENT_FLAGS, timeout: { ...CLIENT_FLAGS.timeout, default: TIMEOUT_MS } },
  examples: [
    ['hearsay sync', 'the node at the default address, with all its peers'],
    ['hearsay sync n2 --json', 'with one of them, for a program'],
  ],
  run: (args, [peer], io) =>
    withClient(args, io, async (client) => {
      const tell = async (reports: readonly SyncReport[]): Promise<void> => {
        for (const report of reports) await io.stdout.line(args.json ? JSON.stringify(report) : textLine(report))
      }
      if (peer !== undefined) {
        await tell(await client.admin.sync(peer))
        return EXIT.ok
      }
      const names = (await client.admin.members()).filter(({ linked }) => linked).map(({ name }) => name)
      if (names.length === 0) throw new HearsayError('ERR_NO_SUCH_MEMBER', 'the node has a link to no other member')
      let code: number = EXIT.ok
      for (const name of names) {
        try {
          await tell(await client.admin.sync(name))
        } catch (error) {
          if (!(error instanceof HearsayError)) throw error
          const { message, maybeApplied } = error
          const named = new HearsayError(error.code, `${name}: ${message}`, { maybeApplied, cause: error })
          code = await tellFailure(named, io, args.json)
        }
      }
      return code
    }),
})

function textLine({ peer, pulled, differed, taken, removed, bytes }: SyncReport): string {
  const words = [
    `pulled ${pulled.toLocaleString('en-US')}`,
    `differed ${differed.toLocaleString('en-US')}`,
    `taken ${taken.toLocaleString('en-US')}`,
    `removed ${removed.toLocaleString('en-US')}`,
    count(bytes, 'byte'),
  ]
  return `${plain(peer)}  ${words.join(', ')}`
}
