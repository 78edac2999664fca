/**
 * What a writer that may be killed at any moment tells to those who look at its folder afterwards: a file of lines,
 * outside the folder, each written before the writer goes on. From it follow the bounds of what may be found. Only for
 * the end of a process: the lines are with the operating system, not synced.
 */

import { openSync, readFileSync, writeSync } from 'node:fs'

export interface Acknowledged {
  /** So many operations, from the first on, must be found: acknowledged, or shown by a start. */
  readonly least: number
  /** More than these were never issued. */
  readonly most: number
  /** Version of each acknowledged operation. */
  readonly versions: ReadonlyMap<number, string>
}

export interface Telling {
  /** A start found the state after `count` operations. */
  shown(count: number): void
  /** Operations below `end` may be issued from here on. */
  issue(end: number): void
  acknowledge(at: number, version: string): void
}

export function tellTo(path: string): Telling {
  const file = openSync(path, 'a')
  const line = (...words: readonly (string | number)[]): void => {
    writeSync(file, `${words.join(' ')}\n`)
  }
  return {
    shown: (count) => line('shown', count),
    issue: (end) => line('issue', end),
    acknowledge: (at, version) => line('ack', at, version),
  }
}

export function readAcknowledged(path: string): Acknowledged {
  let least = 0
  let most = 0
  const versions = new Map<number, string>()
  // What is behind the last end of line was cut short.
  for (const line of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
    const [kind, number, version = ''] = line.split(' ')
    const at = Number(number)
    if (kind === 'shown') least = Math.max(least, at)
    else if (kind === 'issue') most = Math.max(most, at)
    else {
      versions.set(at, version)
      // Acknowledged in any order within a group, but the log is one sequence: with one, all before it.
      least = Math.max(least, at + 1)
    }
  }
  return { least, most, versions }
}
