/**
 * `npm run fuzz -- <what> [options]`: bytes that are not what they should be. `wire` throws mutated frames at a running
 * node; `log` opens data folders with each bit flipped, cut at each byte, and spoiled at random. Says what was done;
 * the exit code is 1 when anything was not as it must be, and each failure comes with the command that shows it again.
 */

import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { fuzzLog, LOG_PARTS } from './fuzz/log.ts'
import { wire } from './fuzz/wire.ts'
import { runPart, say } from './part.ts'

await yargs(hideBin(process.argv))
  .scriptName('npm run fuzz --')
  .command(
    ['wire', '$0'],
    'throw mutated frames at a running node, as clients and as peers',
    {
      frames: { type: 'number', default: 200_000, describe: 'mutated frames to send' },
      seed: { type: 'number', default: 1, describe: 'seed of the mutations' },
      links: { type: 'number', default: 16, describe: 'links at a time' },
    },
    (argv) => runPart(wire(say, argv)),
  )
  .command(
    'log [part]',
    'open data folders that are damaged in every way: flips, cuts and mutations',
    (flags) =>
      flags
        .positional('part', { choices: LOG_PARTS, describe: 'one of them alone' })
        .option('seed', { type: 'number', default: 1, describe: 'seed of what is written, and of the mutations' })
        .option('bytes', { type: 'number', default: 74_000, describe: 'flips, cuts: live bytes and those behind them' })
        .option('every', {
          type: 'number',
          describe:
            'flips, cuts: open the whole folder for each so many-th bit (61) or byte (7); 1 takes most of an hour',
        })
        .option('count', { type: 'number', describe: 'how many; mutations: 20000 if not given, flips and cuts: all' })
        .option('from', { type: 'number', default: 0, describe: 'the first bit, cut or mutation' })
        .option('jobs', { type: 'number', default: 1, describe: 'threads' }),
    (argv) => runPart(fuzzLog(say, argv)),
  )
  .strict()
  .parseAsync()
