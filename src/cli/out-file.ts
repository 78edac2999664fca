/**
 * A file that is there whole or not at all: written beside its place and moved there when it is complete, so that a failed
 * export leaves the last good one. What is no plain file (a pipe, `/dev/stdout`) is written as it is.
 */

import { createWriteStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { finished } from 'node:stream/promises'
import { Output, OutputFailed } from './io.ts'

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

/** Rejects with the error of the system. */
export async function openOutFile(path: string): Promise<OutFile> {
  const there = await stat(path).catch(() => undefined)
  const isPlain = there === undefined || there.isFile()
  const part = isPlain ? `${path}.part` : path
  const stream = createWriteStream(part)
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => resolve())
    stream.once('error', reject)
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
