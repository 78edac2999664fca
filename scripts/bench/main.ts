/**
 * `npm run bench`: runs the benchmarks that are named, or all, and prints a table for each, or a line of JSON. Figures
 * are only worth something beside the bare peer's of the same run.
 */

import { tmpdir } from 'node:os'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { bulk } from './bulk.ts'
import { burst } from './burst.ts'
import { client } from './client.ts'
import { get } from './get.ts'
import { heap } from './heap.ts'
import { LOG_PARTS, log } from './log/log.ts'
import { repair } from './repair/repair.ts'
import { type Bench, type BenchOptions, report, table } from './rounds.ts'
import { sim } from './sim.ts'
import { visible } from './visible.ts'

const BENCHES: readonly Bench[] = [log, visible, burst, get, heap, client, sim, repair, bulk]

const argv = yargs(hideBin(process.argv))
  .scriptName('npm run bench --')
  .usage(`$0 [names…]\n\n${BENCHES.map(({ name, about }) => `${name.padEnd(8)} ${about}`).join('\n')}`)
  .option('json', { type: 'boolean', default: false, describe: 'one object a benchmark, a line each' })
  .option('dir', {
    type: 'string',
    default: tmpdir(),
    describe: 'temporary folders are made here: the disk to measure',
  })
  .option('rounds', { type: 'number', default: 5, describe: 'turns that hearsay and the bare peer take' })
  .option('round-ms', { type: 'number', default: 300, describe: 'length of a turn of log and client, ms' })
  .option('budget-ms', { type: 'number', default: 14_000, describe: 'no new turn after a benchmark measured so long' })
  .option('writers', { type: 'string', default: '1,64,1024', describe: 'log: writers at one time' })
  .option('in-flight', { type: 'string', default: '1,64', describe: 'client: calls at one time' })
  .option('samples', { type: 'number', default: 500, describe: 'visible: puts a turn' })
  .option('puts', { type: 'number', default: 200_000, describe: 'burst: puts a turn' })
  .option('window', { type: 'number', default: 1_000, describe: 'burst: puts at one time' })
  .option('keys', { type: 'number', default: 1_000_000, describe: 'get, heap, bulk, log: keys in the store' })
  .option('lookups', { type: 'number', default: 200_000, describe: 'get: reads a turn' })
  .option('entries', { type: 'string', default: '10000,100000,1000000', describe: 'repair: entries of both stores' })
  .option('differ', { type: 'string', default: '1,10,100,1000,10000', describe: 'repair: overwrites they differ by' })
  .option('parts', { type: 'string', default: LOG_PARTS.join(','), describe: 'log: what is measured' })
  .option('hot-keys', { type: 'number', default: 10_000, describe: 'log: keys that are overwritten' })
  .option('overwrites', { type: 'number', default: 1_000_000, describe: 'log: overwrites of them' })
  .option('calm-ms', {
    type: 'number',
    default: 4_000,
    describe: 'bulk: puts are measured this long before the pull, ms',
  })
  .strictOptions()
  .fail((message) => refuse(message))
  .parseSync()

const options: BenchOptions = {
  ...argv,
  writers: numbers('writers', argv.writers),
  inFlight: numbers('in-flight', argv.inFlight),
  entries: numbers('entries', argv.entries),
  differ: numbers('differ', argv.differ),
  parts: partsOf(argv.parts),
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

for (const bench of chosen(argv._.map(String))) {
  if (!argv.json) say(`${bench.name}: ${bench.about}`)
  const startMs = performance.now()
  try {
    const rows = await bench.run(options)
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1)
    say(argv.json ? JSON.stringify(report(bench, rows)) : `${bench.tell?.() ?? table(rows)}\n(${seconds} s)\n`)
  } catch (error) {
    process.stderr.write(`${bench.name} failed: ${error instanceof Error ? error.stack : String(error)}\n`)
    process.exitCode = 1
  }
}
if (!argv.json) say('Median of the rounds (least–most). Ratio: how well beside the peer; above 1 is better.')

function chosen(names: readonly string[]): readonly Bench[] {
  for (const name of names) {
    if (!BENCHES.some((bench) => bench.name === name)) refuse(`there is no benchmark ${name}`)
  }
  return names.length === 0 ? BENCHES : BENCHES.filter(({ name }) => names.includes(name))
}

function numbers(flag: string, list: string): number[] {
  const all = list.split(',').map(Number)
  if (all.some((number) => !Number.isSafeInteger(number) || number < 1)) refuse(`--${flag} takes numbers such as 1,64`)
  return all
}

function partsOf(list: string): string[] {
  const all = list.split(',')
  const strange = all.find((part) => !LOG_PARTS.includes(part))
  if (strange !== undefined) refuse(`--parts takes some of ${LOG_PARTS.join(',')}`)
  return all
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}
