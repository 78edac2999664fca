/**
 * `hearsay backup`: all that a node holds in one file, from its folder while it is stopped, or from the node while it runs.
 * The file is there whole or not at all; what is in it is the node's, or storage's.
 */

import { stat } from 'node:fs/promises'
import { HearsayError } from '../../core/errors.ts'
import { REMOTE_FLAGS, withNode } from '../connection.ts'
import { EXIT, EXIT_BY_SIGNAL, type StopSignal } from '../exit-codes.ts'
import { openOutFile } from '../out-file.ts'
import { Progress } from '../progress.ts'
import { count, plain } from '../style.ts'
import { defineVerb, type Verb } from '../verb.ts'

export const backup: Verb = defineVerb({
  name: 'backup',
  summary: 'Write all that a node holds into one file.',
  details:
    'From the address of a running node: all that it held when it was asked, and all that it took until the last byte was read; it serves on meanwhile. From a data folder: of a node that is stopped, after a check that its log is whole. The file has the form of the log: `hearsay log verify FILE` checks it, `hearsay restore` makes a data folder of it. It is written beside its place and moved there when it is complete and on the disk.',
  operands: [
    { name: 'SOURCE', describe: 'ws:// address of a running node, or the data folder of one that is stopped' },
    { name: 'FILE', describe: 'file to write' },
  ],
  flags: {
    force: { type: 'boolean', default: false, describe: 'also in the place of a file that is there' },
    ...REMOTE_FLAGS,
  },
  examples: [
    ['hearsay backup ws://10.0.0.5:7070 n1.backup', 'of a node that runs'],
    ['hearsay backup ./data n1.backup', 'of one that is stopped'],
  ],
  run: async (args, [source = '', path = ''], io) => {
    const isRemote = /^wss?:\/\//.test(source)
    if (!isRemote && (await stat(source).catch(() => undefined))?.isDirectory() !== true) {
      throw new HearsayError('ERR_INVALID_ARGUMENT', `${source} is neither a folder nor a ws:// address of a node`)
    }
    const there = await stat(path).catch(() => undefined)
    if (there?.isFile() === true && !args.force) {
      throw new HearsayError('ERR_INVALID_ARGUMENT', `${path} is there already; --force writes in its place`)
    }
    const file = await openOutFile(path)
    const progress = new Progress(io.stderr)
    const stopping = new AbortController()
    let stopCode: number | undefined
    const stay = io.onStop((signal: StopSignal) => {
      stopCode = EXIT_BY_SIGNAL[signal]
      stopping.abort()
    })
    let bytes = 0
    const take = async (chunk: Uint8Array): Promise<void> => {
      stopping.signal.throwIfAborted()
      await file.output.write(chunk)
      bytes += chunk.length
      progress.show(() => `backed up ${count(bytes, 'byte')}`)
    }
    try {
      if (isRemote) {
        await withNode([source], args, io, async (client) => {
          for await (const chunk of client.admin.backup({ signal: stopping.signal })) await take(chunk)
        })
      } else {
        const { backupFolder } = await import('../../node/backup-tools.ts')
        await backupFolder(source, take)
      }
      await file.keep()
    } catch (error) {
      if (stopCode === undefined) throw error
      return stopCode
    } finally {
      progress.clear()
      await file.close()
      stay()
    }
    if (args.json) await io.stdout.line(JSON.stringify({ file: path, bytes }))
    else await io.stdout.line(`backed up ${plain(source)} to ${plain(path)}: ${count(bytes, 'byte')}`)
    return EXIT.ok
  },
})
