/**
 * The program that is shipped, as scripts run it. A node is on a leash: it ends with the script that started it, whatever
 * ended that. For this the `stdio` that a caller gives must have a channel, `ipc`.
 */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const COMMAND_LINE: string = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))
const LEASH = new URL('./leash.js', import.meta.url).href

/** `hearsay serve` with these flags. */
export function spawnServe(flags: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn(process.execPath, ['--import', LEASH, COMMAND_LINE, 'serve', ...flags], options)
}
