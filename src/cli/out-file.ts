/**
 * A file that is there whole or not at all: written beside its place and moved there when it is complete, so that a failed
 * export leaves the last good one. What is no plain file (a pipe, `/dev/stdout`) is written as it is, and so is an output.
 */

import { createWriteStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { finished } from 'node:stream/promises'
import { HearsayError } from '../core/errors.ts'
import { Output, OutputFailed, OutputGone } from './io.ts'
import { reasonOf } from './system-error.ts'

/** Who may read and write a new file: all whom the user lets; the user alone. */
export const MODE_OF_USER = 0o666
export const MODE_PRIVATE = 0o600

export interface OutFile {
  readonly output: Output
  /** Whether a part lies beside the place until it is kept or closed. */
  readonly hasPart: boolean
  /** It is complete: make it durable and put it in its place. Rejects with `OutputFailed`. */
  keep(): Promise<void>
  /** Throws away what is not complete. */
  close(): Promise<void>
}

/** The name survives a power loss too. Windows keeps names by itself and cannot sync a folder. */
async function syncFolderOf(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(dirname(path))
  await handle.sync().finally(() => handle.close())
}

/** `mode` is that of a new file. Rejects with `ERR_INVALID_ARGUMENT`. */
export async function openOutFile(path: string, mode: number = MODE_OF_USER): Promise<OutFile> {
  const there = await stat(path).catch(() => undefined)
  const isPlain = there === undefined || there.isFile()
  const part = isPlain ? `${path}.part` : path
  // One that was left would keep its mode.
  if (isPlain) await rm(part, { force: true }).catch(() => undefined)
  const stream = createWriteStream(part, { mode })
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => resolve())
    stream.once('error', (error) => {
      reject(new HearsayError('ERR_INVALID_ARGUMENT', `cannot write to ${path}: ${reasonOf(error)}`, { cause: error }))
    })
  })
  const output = new Output(stream, false)
  let isKept = false
  return {
    output,
    hasPart: isPlain,
    async keep() {
      try {
        stream.end()
        await finished(stream)
        if (isPlain) {
          const handle = await open(part)
          await handle.sync().finally(() => handle.close())
          await rename(part, path)
          await syncFolderOf(path)
        }
      } catch (error) {
        throw new OutputFailed(error)
      }
      isKept = true
    },
    async close() {
      if (isKept) return
      stream.destroy()
      if (isPlain) await rm(part, { force: true })
    },
  }
}

/** An output in the place of a file. Whoever reads it needs all of it: one that has gone is a failure when it is kept. */
export function outputAsFile(output: Output): OutFile {
  return {
    output,
    hasPart: false,
    async keep() {
      await output.flush()
      await output.write('')
    },
    close: () => Promise.resolve(),
  }
}

/** A reader that goes early is no failure where a part is of use to it; here it is one. */
export function asFailure(error: unknown): unknown {
  return error instanceof OutputGone ? new OutputFailed(error.cause) : error
}
