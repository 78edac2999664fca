/**
 * Faults of real disks and of the system, put on real nodes on this machine: `npm run chaos -- <what> [options]`. Each
 * part says what it saw and ends with one line; the exit code is 1 when a write that was acknowledged is gone, a value
 * is shown that cannot be, or a promise about the time after a fault was not kept. What the machine does not allow is
 * skipped and said so.
 */

import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { crashPoints } from './chaos/crash-points.ts'
import { failingSync } from './chaos/failing-sync.ts'
import { fullDisk } from './chaos/full-disk.ts'
import { powerLoss } from './chaos/power-loss.ts'
import { slowSync } from './chaos/slow-sync.ts'

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

async function run(part: Promise<number>): Promise<void> {
  try {
    if ((await part) > 0) process.exitCode = 1
  } catch (error) {
    say(`FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    process.exitCode = 1
  }
  // What is still open, such as the child of a part that failed, must not hold this process.
  process.exit()
}

const seed = { type: 'number', default: 1, describe: 'of what is written' } as const

await yargs(hideBin(process.argv))
  .scriptName('npm run chaos --')
  .command(
    'crash-points',
    'kill a node before each call of the system on its folder, and its recovery too',
    {
      seed,
      writes: { type: 'number', default: 120, describe: 'operations of the writer' },
      'segment-bytes-max': { type: 'number', default: 4_096, describe: 'size of a segment' },
      'value-bytes-max': {
        type: 'number',
        default: 400,
        describe: 'of most values; with 20000 a checkpoint has several slices',
      },
      'points-max': { type: 'number', default: Number.MAX_SAFE_INTEGER, describe: 'kill at most so many writers' },
      recoveries: { type: 'number', default: 40, describe: 'crashes whose recovery is killed at ten points too' },
      jobs: { type: 'number', default: 2, describe: 'at one time' },
    },
    (argv) => run(crashPoints(say, argv)),
  )
  .command(
    'power-loss',
    'cut the power of an ext4 image under a node that writes',
    {
      seed,
      rounds: { type: 'number', default: 100, describe: 'cuts' },
      'segment-bytes-max': { type: 'number', default: 65_536, describe: 'size of a segment' },
    },
    (argv) => run(powerLoss(say, argv)),
  )
  .command(
    'full-disk',
    'fill the disk under a node that serves clients, then make room',
    {
      seed,
      megabytes: { type: 'number', default: 12, describe: 'size of the disk' },
      'filler-mb': { type: 'number', default: 6, describe: 'of those, taken from the beginning and given back' },
      'segment-bytes-max': { type: 'number', default: 262_144, describe: 'size of a segment' },
    },
    (argv) => run(fullDisk(say, argv)),
  )
  .command(
    'failing-sync',
    'let syncs of a running node fail',
    { seed, 'segment-bytes-max': { type: 'number', default: 16_384, describe: 'size of a segment' } },
    (argv) => run(failingSync(say, argv)),
  )
  .command('slow-sync', 'let each sync take five seconds', {}, () => run(slowSync(say)))
  .demandCommand(1)
  .strict()
  .parseAsync()
