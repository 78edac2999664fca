/**
 * `hearsay backup`: all that a node holds in one file, from its folder while it is stopped, or from the node while it runs.
 * The file is there whole or not at all; what is in it is the node's, or storage's.
 */

import { stat } from 'node:fs/promises'
import { HearsayError } from '../../core/errors.ts'
import { REMOTE_FLAGS, withNode } from '../connection.ts'
import { EXIT, EXIT_BY_SIGNAL, type StopSignal } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { asFailure, MODE_PRIVATE, type OutFile, openOutFile, outputAsFile } from '../out-file.ts'
import { Progress } from '../progress.ts'
import { count, plain } from '../style.ts'
import { defineVerb, type Verb } from '../verb.ts'

export const backup: Verb = defineVerb({
  name: 'backup',
  summary: 'Write all that a node holds into one file.',
  details:
    'From the address of a running node: all that it held when it was asked, and all that it took until the last byte was read; it serves on meanwhile. From a data folder: of a node that is stopped, after a check that its log is whole. The file has the form of the log: `hearsay log verify FILE` checks it, `hearsay restore` makes a data folder of it. It is written beside its place and moved there when it is complete and on the disk, and only its owner may read it. With - it goes to standard output, and the words about it to standard error.',
  operands: [
    { name: 'SOURCE', describe: 'ws:// address of a running node, or the data folder of one that is stopped' },
    { name: 'FILE', describe: 'file to write; - writes standard output' },
  ],
  flags: {
    force: { type: 'boolean', default: false, describe: 'also in the place of a file that is there' },
    ...REMOTE_FLAGS,
  },
  hints: {
    ERR_FOLDER_IN_USE: 'ask the node that uses it, while it runs: `hearsay backup ws://host:port FILE`',
    ERR_LOG_DAMAGED: '`hearsay log verify` shows where; `hearsay log repair` sets it aside',
  },
  examples: [
    ['hearsay backup ws://10.0.0.5:7070 n1.backup', 'of a node that runs'],
    ['hearsay backup ./data n1.backup', 'of one that is stopped'],
    ['hearsay backup ws://10.0.0.5:7070 - | gzip > n1.gz', 'into another program'],
  ],
  run: async (args, [source = '', path = ''], io) => {
    const isRemote = /^wss?:\/\//.test(source)
    if (!isRemote && (await stat(source).catch(() => undefined))?.isDirectory() !== true) {
      throw new HearsayError('ERR_INVALID_ARGUMENT', `${source} is neither a folder nor a ws:// address of a node`)
    }
    const file = await openTarget(path, args.force, io)
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
      if (isRemote) progress.show(() => `backed up ${count(bytes, 'byte')}`)
    }
    try {
      if (isRemote) {
        await withNode([source], args, io, async (client) => {
          for await (const chunk of client.admin.backup({ signal: stopping.signal })) await take(chunk)
        })
      } else {
        const { backupFolder } = await import('../../node/backup-tools.ts')
        const onProgress = (read: number, all: number): void => progress.showShare('read', read, all)
        await backupFolder(source, take, { signal: stopping.signal, onProgress })
      }
      await file.keep()
    } catch (error) {
      if (stopCode === undefined) throw asFailure(error)
      return stopCode
    } finally {
      progress.clear()
      await file.close()
      stay()
    }
    const words = `backed up ${plain(source)} to ${isOutput(path) ? 'standard output' : plain(path)}: ${count(bytes, 'byte')}`
    const line = args.json ? JSON.stringify({ file: path, bytes }) : words
    if (isOutput(path)) io.stderr.say(`${line}\n`)
    else await io.stdout.line(line)
    return EXIT.ok
  },
})

function isOutput(path: string): boolean {
  return path === '-'
}

async function openTarget(path: string, mayReplace: boolean, io: Io): Promise<OutFile> {
  if (isOutput(path)) {
    if (!io.stdout.isTerminal) return outputAsFile(io.stdout)
    throw new HearsayError('ERR_INVALID_ARGUMENT', 'a backup is no text for a terminal: send it to a file or a program')
  }
  const there = await stat(path).catch(() => undefined)
  if (there?.isFile() === true && !mayReplace) {
    throw new HearsayError('ERR_INVALID_ARGUMENT', `${path} is there already; --force writes in its place`)
  }
  return openOutFile(path, MODE_PRIVATE)
}
