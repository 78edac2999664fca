/**
 * File systems of our own: a small one in memory, and ext4 in an image whose power can be cut. Each is taken down by
 * its maker, or when the process ends. Needs root on Linux; whoever asks finds out first.
 */

import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { undoLater } from './undo.ts'

export interface Mount {
  readonly folder: string
  /** Takes it down with everything in it. */
  remove(): void
}

/** Why no file system can be mounted here; undefined when it can. Tries it with one in memory. */
export function whyNoMounts(programs: readonly string[] = []): string | undefined {
  for (const program of programs) {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'pipe' })
    } catch {
      return `${program} is not installed`
    }
  }
  try {
    mountMemory(1).remove()
    return undefined
  } catch (error) {
    return `mounting is not allowed: ${firstLine(error)}`
  }
}

export function mountMemory(megabytes: number): Mount {
  const { folder, clear } = newFolder()
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder)
  } catch (error) {
    clear()
    throw error
  }
  const unmount = undoLater(() => unmountFolder(folder))
  return {
    folder,
    remove() {
      unmount()
      clear()
    },
  }
}

/** An ext4 image that can lose its power and be mounted again. */
export class PowerImage {
  readonly folder: string
  readonly #image: string
  readonly #clear: () => void
  #unmount: (() => void) | undefined

  constructor(megabytes: number) {
    const { folder, clear } = newFolder()
    this.#clear = clear
    this.#image = join(folder, 'image')
    this.folder = join(folder, 'mounted')
    mkdirSync(this.folder)
    writeFileSync(this.#image, '')
    truncateSync(this.#image, megabytes * 1024 * 1024)
    run('mkfs.ext4', '-q', '-F', this.#image)
  }

  /**
   * Reads the journal back after a loss. Without what makes ext4 kind to programs that forget a sync: nothing is
   * written before its time, and a rename does not write the file.
   */
  mount(): void {
    run('mount', '-o', 'loop,noauto_da_alloc,commit=300', this.#image, this.folder)
    this.#unmount = undoLater(() => unmountFolder(this.folder))
  }

  /** From here on the file system takes nothing, and forgets what was not synced. */
  async cutPower(): Promise<void> {
    // Not waited for as the rest is: whoever writes goes on until it happens.
    await promisify(execFile)('xfs_io', ['-x', '-c', 'shutdown', this.folder])
  }

  unmount(): void {
    this.#unmount?.()
    this.#unmount = undefined
  }

  remove(): void {
    this.unmount()
    this.#clear()
  }
}

function newFolder(): { folder: string; clear: () => void } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hearsay-mount-')))
  return { folder, clear: undoLater(() => rmSync(folder, { recursive: true, force: true })) }
}

function unmountFolder(folder: string): void {
  try {
    run('umount', folder)
  } catch {
    // A node that was killed a moment ago may still hold it.
    run('umount', '-l', folder)
  }
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: 'pipe' })
}

function firstLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: Buffer; message: string }
  return (stderr?.toString().trim() || message).split('\n')[0] ?? ''
}
