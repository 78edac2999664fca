/**
 * `hearsay forget`: a member is gone for good, says an operator. It cannot be taken back, so a member that does not count
 * as dead is refused here unless `--force` is said; that the word goes round is the node's.
 */

import { HearsayError } from '../../core/errors.ts'
import { CLIENT_FLAGS, withClient } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { plain } from '../style.ts'
import { defineVerb, type Verb } from '../verb.ts'

export const forget: Verb = defineVerb({
  name: 'forget',
  summary: 'Forget a member that will not come back.',
  details:
    'All others keep the tombstones of deletes for a member that is away, and know no stable time, until it is back or forgotten. One node is told; the word goes round, and cannot be taken back. What the member wrote and others have stays. Should it come back after all, it comes as a new run, with all that it wrote, also what nobody had seen. A member that is not dead yet is refused: stop it first, or say --force. Members that stay away are forgotten by themselves after forgetAfterMs.',
  operands: [{ name: 'NAME', describe: 'name of the member' }],
  flags: {
    force: { type: 'boolean', default: false, describe: 'also when the node that answers does not count it as dead' },
    ...CLIENT_FLAGS,
  },
  hints: { ERR_DISK_FAILED: '`hearsay status` shows whether the node only reads, and its log why' },
  examples: [
    ['hearsay forget n3', 'n3 is gone for good'],
    ['hearsay forget n3 --force', 'also when it was seen a moment ago'],
  ],
  run: (args, [name = ''], io) =>
    withClient(args, io, async (client) => {
      const member = (await client.admin.members()).find((each) => each.name === name)
      if (member?.self === true) {
        throw new HearsayError('ERR_NOT_ALLOWED', `${name} is the node that answers; stop it, and ask another`)
      }
      if (member !== undefined && member.status !== 'dead' && !args.force) {
        const why = `${name} is ${member.status}: while it runs it would come back at once; stop it first, or say --force`
        throw new HearsayError('ERR_NOT_ALLOWED', why)
      }
      await client.admin.forget(name)
      if (args.json) await io.stdout.line(JSON.stringify({ forgot: name, origin: member?.origin }))
      else await io.stdout.line(`forgot ${plain(name)}${member === undefined ? '' : `, run ${plain(member.origin)}`}`)
      return EXIT.ok
    }),
})
