/**
 * `hearsay restore`: a data folder from a backup. Who starts there is said by the backup, unless the user says otherwise.
 * One that is stopped leaves nothing behind.
 */

import type { Restored } from '../../node/backup-tools.ts'
import { EXIT, EXIT_BY_SIGNAL, type StopSignal } from '../exit-codes.ts'
import { Progress } from '../progress.ts'
import { count, plain } from '../style.ts'
import { defineVerb, type Verb } from '../verb.ts'

export const restore: Verb = defineVerb({
  name: 'restore',
  summary: 'Make a data folder from a backup.',
  details:
    'A node that starts in the new folder is one that comes back after it was away since the backup: it takes over what the others have, brings back nothing that was deleted meanwhile, and gives them what it alone had written. Give `serve` the name and cluster of the backup, which are told. With another --name it is another node, which begins with what the first one held: use that for a copy beside the first one, since of two running nodes of one name one stops. With another --cluster it forgets the members of the first one.',
  operands: [
    { name: 'FILE', describe: 'what `hearsay backup` wrote' },
    { name: 'DIR', describe: 'data folder to make; if it is there, it must be empty, or what a killed restore left' },
  ],
  ignoresEnvironment: true,
  flags: {
    name: { type: 'string', describe: 'name of the node (default: as in the backup)' },
    cluster: { type: 'string', describe: 'name of the cluster (default: as in the backup)' },
    json: { type: 'boolean', default: false, describe: 'JSON for programs, errors too' },
  },
  examples: [
    ['hearsay restore n1.backup ./data', 'then start n1 there'],
    ['hearsay restore n1.backup ./copy --name n9', 'another node with what n1 held'],
  ],
  run: async ({ name, cluster, json }, [file = '', folder = ''], io) => {
    const stopping = new AbortController()
    let stopCode: number | undefined
    const stay = io.onStop((signal: StopSignal) => {
      stopCode = EXIT_BY_SIGNAL[signal]
      stopping.abort()
    })
    const progress = new Progress(io.stderr)
    const onProgress = (bytes: number, bytesAll: number): void => progress.showShare('read', bytes, bytesAll)
    let restored: Restored
    try {
      const { restoreFolder } = await import('../../node/backup-tools.ts')
      restored = await restoreFolder(file, folder, { name, cluster, signal: stopping.signal, onProgress })
    } catch (error) {
      if (stopCode === undefined) throw error
      return stopCode
    } finally {
      progress.clear()
      stay()
    }
    if (json) {
      await io.stdout.line(JSON.stringify({ folder, ...restored }))
      return EXIT.ok
    }
    const { owner, from, records, bytes } = restored
    const what = `${count(records, 'record')}, ${count(bytes, 'byte')}`
    const other = owner.name === from.name ? '' : `, another node than ${from.name}, whose backup it is`
    const text = `restored node ${owner.name} of cluster ${owner.cluster} to ${folder}: ${what}${other}`
    await io.stdout.line(plain(text))
    return EXIT.ok
  },
})
