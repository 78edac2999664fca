/**
 * `npm run sim`: replays one seed and tells what happens, or runs many and says which failed. A failing run prints the
 * invariant in words, the seed, and the command that shows it again.
 */

import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { FAULT_FAMILIES } from './nemesis.ts'
import { RUN_DEFAULTS, type RunResult, run } from './run.ts'

const NODES_MAX = 50
const SECONDS_MAX = 86_400
const FAMILY_NAMES: ReadonlySet<string> = new Set(FAULT_FAMILIES)

const argv = yargs(hideBin(process.argv))
  .scriptName('npm run sim --')
  .usage('$0 [--seed N | --seeds N]\n\nRuns the shipped code over a simulated clock, network and disk.')
  .option('seed', { type: 'number', describe: 'replay this one run and print its trace' })
  .option('seeds', { type: 'number', describe: 'run so many seeds, one after the other' })
  .option('from', { type: 'number', default: 1, describe: 'the first of them' })
  .option('until', { type: 'string', describe: 'with --seeds: stop at the first that breaks this invariant, as in I7' })
  .option('nodes', { type: 'number', default: RUN_DEFAULTS.nodes, describe: 'nodes in the cluster' })
  .option('seconds', { type: 'number', default: RUN_DEFAULTS.seconds, describe: 'simulated seconds with faults' })
  .option('faults', {
    type: 'string',
    default: RUN_DEFAULTS.faults.join(','),
    describe: 'fault families that a seed may switch on; "none" for a calm run',
  })
  .conflicts('seed', 'seeds')
  .conflicts('until', 'seed')
  .check(({ seed = 1, seeds = 1, from, nodes, seconds, faults: list, until: id }) => {
    if (![seed, seeds, from].every((n) => Number.isSafeInteger(n) && n >= 0) || seeds < 1)
      throw new Error('seeds are whole numbers')
    if (!Number.isInteger(nodes) || nodes < 1 || nodes > NODES_MAX) throw new Error(`--nodes must be 1 to ${NODES_MAX}`)
    if (!(seconds > 0 && seconds <= SECONDS_MAX)) throw new Error(`--seconds must be above 0, at most ${SECONDS_MAX}`)
    const unknown = list === 'none' ? [] : list.split(',').filter((name) => !FAMILY_NAMES.has(name))
    if (unknown.length > 0)
      throw new Error(`there is no fault family ${unknown.join(', ')}; known: ${FAULT_FAMILIES.join(', ')}`)
    if (id !== undefined && !/^[IL]\d{1,2}$/.test(id)) throw new Error('--until takes an invariant, as in I7')
    return true
  })
  .strict()
  .parseSync()

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
const faults = argv.faults === 'none' ? [] : FAULT_FAMILIES.filter((family) => argv.faults.split(',').includes(family))
const options = { nodes: argv.nodes, seconds: argv.seconds, faults }

function replayCommand(seed: number): string {
  const flags = [`--seed ${seed}`]
  if (argv.nodes !== RUN_DEFAULTS.nodes) flags.push(`--nodes ${argv.nodes}`)
  if (argv.seconds !== RUN_DEFAULTS.seconds) flags.push(`--seconds ${argv.seconds}`)
  if (argv.faults !== RUN_DEFAULTS.faults.join(',')) flags.push(`--faults ${argv.faults}`)
  return `npm run sim -- ${flags.join(' ')}`
}

function tellFailure(result: RunResult): void {
  say(
    `\nseed ${result.seed} failed after ${(result.endedMs / 1000).toFixed(1)} simulated seconds\n${result.violation?.message}`,
  )
  say(`replay: ${replayCommand(result.seed)}`)
}

function replay(seed: number): boolean {
  const started = performance.now()
  const result = run({ ...options, seed, tell: say })
  const wallMs = performance.now() - started
  const again = run({ ...options, seed })
  if (result.violation !== undefined) tellFailure(result)
  else
    say(
      `\nseed ${seed}: all invariants held; agreed ${(result.agreedAfterMs / 1000).toFixed(1)} s after faults and writes were over`,
    )
  say(
    `${result.acknowledged} writes acknowledged, ${result.frames} frames, ${result.events} events, ${wallMs.toFixed(0)} ms`,
  )
  say(`trace ${result.traceHash}${again.traceHash === result.traceHash ? ', the same when run again' : ''}`)
  if (again.traceHash === result.traceHash) return result.violation === undefined
  say(`I16 is broken: the same seed gives the same run\n  run again it gave trace ${again.traceHash}`)
  return false
}

/** Each so many seeds one is run twice, for I16. */
const TWICE_EVERY = 20

function runMany(count: number): boolean {
  const started = performance.now()
  const failures: number[] = []
  const counts: Record<string, number> = {}
  let simulatedMs = 0
  let worstAgreeMs = 0
  let acknowledged = 0
  let leastAcknowledged = Number.POSITIVE_INFINITY
  let ran = 0
  let broken: string | undefined
  for (let seed = argv.from; ran < count && (broken === undefined || broken !== argv.until); seed++, ran++) {
    const result = run({ ...options, seed })
    simulatedMs += result.endedMs
    worstAgreeMs = Math.max(worstAgreeMs, result.agreedAfterMs)
    acknowledged += result.acknowledged
    leastAcknowledged = Math.min(leastAcknowledged, result.acknowledged)
    for (const [name, n] of Object.entries(result.counts)) counts[name] = (counts[name] ?? 0) + n
    if (result.violation !== undefined) {
      failures.push(seed)
      broken = result.violation.id
      tellFailure(result)
    } else if (seed % TWICE_EVERY === 0 && run({ ...options, seed }).traceHash !== result.traceHash) {
      failures.push(seed)
      broken = 'I16'
      say(`\nseed ${seed} failed\nI16 is broken: the same seed gives the same run`)
    }
  }
  const seconds = (performance.now() - started) / 1000
  say(
    `${ran} seeds, ${failures.length} failures; ${seconds.toFixed(1)} s, ${(simulatedMs / 1000 / seconds).toFixed(0)} simulated seconds a second`,
  )
  say(
    `slowest agreement ${(worstAgreeMs / 1000).toFixed(1)} s after faults and writes were over; ${acknowledged} writes acknowledged, at least ${leastAcknowledged} a seed`,
  )
  say(
    Object.entries(counts)
      .map(([name, n]) => `${name} ${n}`)
      .join(', '),
  )
  if (failures.length > 0) say(`failed: ${failures.join(' ')}`)
  return failures.length === 0
}

process.exitCode = (argv.seeds === undefined ? replay(argv.seed ?? 1) : runMany(argv.seeds)) ? 0 : 1
