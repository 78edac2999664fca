/**
 * A folder while a tool reads it: how much of it was read is told, and once the user wants no more, the next read fails. It
 * changes nothing else, and says nothing of what the bytes are.
 */

import type { Disk, DiskFile } from '../core/ports.ts'
import { type OnProgress, ReadProgress } from '../storage/read-progress.ts'

export interface Watch {
  /** Aborted: the tool rejects soon, with whatever code. */
  readonly signal?: AbortSignal | undefined
  /** Bytes read, of those that will be. */
  readonly onProgress?: OnProgress | undefined
}

/** `names`: of the files that will be read, each as often as it will be. */
export async function watchedDisk(disk: Disk, names: readonly string[], { signal, onProgress }: Watch): Promise<Disk> {
  const progress = new ReadProgress(onProgress)
  await new Promise<void>((resolve) => progress.measure(disk, names, resolve))
  const watched = (file: DiskFile): DiskFile => {
    const counted = progress.counted(file)
    return {
      ...file,
      read: (position, length, done) => {
        if (signal?.aborted !== true) counted.read(position, length, done)
        else setImmediate(done, new Error('it was stopped'), new Uint8Array())
      },
    }
  }
  return {
    ...disk,
    open: (name, create, done) =>
      disk.open(name, create, (error, file) => done(error, file === undefined ? undefined : watched(file))),
  }
}
