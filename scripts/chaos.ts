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
import { runPart, say } from './part.ts'

const seed = { type: 'number', default: 1, describe: 'seed of what is written' } as const

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
        describe: 'longest of most values, bytes; with 20000 a checkpoint has several slices',
      },
      'points-max': { type: 'number', describe: 'kill at most so many writers; if not given, one before each call' },
      recoveries: { type: 'number', default: 40, describe: 'crashes whose recovery is killed at ten points too' },
      jobs: { type: 'number', default: 2, describe: 'points tried at one time' },
    },
    ({ pointsMax = Number.POSITIVE_INFINITY, ...argv }) => runPart(crashPoints(say, { ...argv, pointsMax })),
  )
  .command(
    'power-loss',
    'cut the power of an ext4 image under a node that writes',
    {
      seed,
      rounds: { type: 'number', default: 100, describe: 'cuts of the power' },
      'segment-bytes-max': { type: 'number', default: 65_536, describe: 'size of a segment' },
    },
    (argv) => runPart(powerLoss(say, argv)),
  )
  .command(
    'full-disk',
    'fill the disk under a node that serves clients, then make room',
    {
      seed,
      megabytes: { type: 'number', default: 12, describe: 'size of the disk' },
      'filler-mb': { type: 'number', default: 6, describe: 'megabytes of it taken at first, and given back' },
      'segment-bytes-max': { type: 'number', default: 262_144, describe: 'size of a segment' },
    },
    (argv) => runPart(fullDisk(say, argv)),
  )
  .command(
    'failing-sync',
    'let syncs of a running node fail',
    { seed, 'segment-bytes-max': { type: 'number', default: 16_384, describe: 'size of a segment' } },
    (argv) => runPart(failingSync(say, argv)),
  )
  .command('slow-sync', 'let each sync take five seconds; draws nothing, so it takes no seed', {}, () =>
    runPart(slowSync(say)),
  )
  .demandCommand(1)
  .strict()
  .parseAsync()
