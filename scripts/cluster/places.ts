/**
 * Where the nodes live: the folder of the cluster with one folder and one log file a node, and a free port for each.
 * One script a folder, by the lock that the nodes use for theirs. Folders are kept between starts unless a fresh one is
 * asked for; then exactly the files that the script makes are removed, whatever else lies there.
 */

import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { HearsayError } from '../../src/core/errors.ts'
import { makeFolder } from '../../src/platform/disk.ts'
import { lockFolder } from '../../src/platform/folder-lock.ts'
import { until } from './until.ts'

export const NODES_MAX = 9
const HOST = '127.0.0.1'
const PORT_MAX = 65_535
/** Nodes of a script that was killed stop by themselves; this is longer than they take. */
const LEFTOVERS_WAIT_MS = 8_000

export interface Place {
  readonly name: string
  readonly port: number
  readonly url: string
  readonly dataDir: string
  readonly logFile: string
}

export function nodeNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `n${index + 1}`)
}

/** Makes the folder and takes it. Returns what gives it back. Throws `ERR_FOLDER_IN_USE` when another script has it. */
export function takeFolder(dir: string): () => void {
  makeFolder(resolve(dir))
  return lockFolder(dir, newToken())
}

/**
 * A place for each name, ready to start in: the former log file emptied, with `fresh` the folder too. `say` gets a
 * sentence for everything that a user may wonder about. Throws `ERR_FOLDER_IN_USE`, `ERR_ADDRESS_IN_USE`.
 */
export async function preparePlaces(
  { dir, names, port, fresh }: { dir: string; names: readonly string[]; port: number; fresh: boolean },
  say: (line: string) => void,
): Promise<readonly Place[]> {
  for (const name of nodeNames(NODES_MAX)) await untilLeft(join(dir, name), say)
  if (fresh) for (const name of nodeNames(NODES_MAX)) removeNode(dir, name)
  const places: Place[] = []
  let next = port
  for (const name of names) {
    const free = await freePort(next)
    if (free !== next) say(`Port ${next} is taken: ${name} listens on ${free}.`)
    next = free + 1
    const dataDir = join(dir, name)
    const logFile = join(dir, `${name}.log`)
    mkdirSync(dataDir, { recursive: true })
    writeFileSync(logFile, '')
    places.push({ name, port: free, url: `ws://${HOST}:${free}`, dataDir, logFile })
  }
  const others = nodeNames(NODES_MAX).filter((name) => !names.includes(name) && exists(dir, name))
  if (others.length > 0) say(`${others.join(', ')} took part earlier: the others count them as dead (see --fresh).`)
  return places
}

function exists(dir: string, name: string): boolean {
  return readdirSync(dir).includes(name)
}

function removeNode(dir: string, name: string): void {
  rmSync(join(dir, name), { recursive: true, force: true })
  rmSync(join(dir, `${name}.log`), { force: true })
}

/** Waits for a node of an earlier script that is still about to stop. */
async function untilLeft(dataDir: string, say: (line: string) => void): Promise<void> {
  let inUse: unknown
  const isFree = (): boolean => {
    try {
      lockFolder(dataDir, newToken())()
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
      if (!(error instanceof HearsayError)) throw error
      if (inUse === undefined) say(`${dataDir} is still in use by a node of an earlier start; waiting for it to stop.`)
      inUse = error
      return false
    }
  }
  if ((await until(LEFTOVERS_WAIT_MS, isFree)) === undefined) throw inUse
}

/** The first port from `from` on that nobody listens on. */
async function freePort(from: number): Promise<number> {
  for (let port = from; port <= PORT_MAX; port++) if (await isFreePort(port)) return port
  throw new HearsayError('ERR_ADDRESS_IN_USE', `no port from ${from} on is free`)
}

function isFreePort(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, HOST, () => server.close(() => resolve(true)))
  })
}

function newToken(): string {
  return randomBytes(16).toString('hex')
}
