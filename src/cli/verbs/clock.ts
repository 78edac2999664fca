/**
 * `hearsay clock reset`: the way out for a node whose clock once ran far ahead. The node does it all, and answers when it
 * is on disk; here the word `reset` is asked for, so that nobody does it by guessing.
 */

import { HearsayError } from '../../core/errors.ts'
import { CLIENT_FLAGS, withClient } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { plain } from '../style.ts'
import { defineVerb, type Verb } from '../verb.ts'

export const clock: Verb = defineVerb({
  name: 'clock',
  summary: 'Set the clock of a node back after it ran far ahead.',
  details:
    'A node stamps each write above all that it has stamped before. One whose clock was set to a far day goes on from that day, and its writes win against later ones of all others. `reset` begins a new run of the node, at the time of its machine and of its peers. What it had stamped further ahead than maxClockSkewMs is not shown from then on, until its time has come. Set the clock of the machine right first.',
  operands: [{ name: 'reset', describe: 'the word reset' }],
  flags: CLIENT_FLAGS,
  hints: { ERR_DISK_FAILED: '`hearsay status` shows whether the node only reads, and its log why' },
  examples: [['hearsay clock reset --url ws://10.0.0.5:7070', 'the node at this address']],
  run: async (args, [word = ''], io) => {
    if (word !== 'reset') throw new HearsayError('ERR_USAGE', `clock takes the word reset, not ${JSON.stringify(word)}`)
    return withClient(args, io, async (client) => {
      await client.admin.resetClock()
      const node = client.node ?? ''
      if (args.json) await io.stdout.line(JSON.stringify({ reset: node }))
      else await io.stdout.line(`reset the clock of ${plain(node)}`)
      return EXIT.ok
    })
  },
})
