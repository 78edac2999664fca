/** `hearsay del`: deletes keys. */

import { checkKey } from '../../core/key.ts'
import { CLIENT_FLAGS, withClient } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { WRITE_HINTS } from '../failure.ts'
import { defineVerb, type Verb } from '../verb.ts'

/** Keys deleted in one step. */
const STEP_KEYS = 1_000

export const del: Verb = defineVerb({
  name: 'del',
  summary: 'Delete keys.',
  details: 'A key that is not there is fine. Nothing is deleted when one of the keys cannot be a key.',
  operands: [{ name: 'KEY', describe: 'keys to delete', many: true }],
  flags: CLIENT_FLAGS,
  hints: WRITE_HINTS,
  examples: [
    ['hearsay del greeting', 'delete one key'],
    ['hearsay ls sessions/ | xargs -d "\\n" hearsay del --', 'delete all that begin with sessions/'],
  ],
  run: async (args, keys, io) => {
    for (const key of keys) checkKey(key)
    return withClient(args, io, async (client) => {
      for (let i = 0; i < keys.length; i += STEP_KEYS) {
        await client.batch(keys.slice(i, i + STEP_KEYS).map((key) => ({ type: 'del', key })))
      }
      if (args.json) await io.stdout.line(JSON.stringify({ deleted: keys }))
      return EXIT.ok
    })
  },
})
