/**
 * `npm run sim:mutants`: tests the tester. Plants each bug of the list in a copy of the compiled code and shows how many
 * seeds the simulator needs until the right checker finds it. Fails when one stays hidden.
 */

import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { MUTANTS } from './list.ts'
import { type Hunt, hunt } from './run.ts'

const argv = yargs(hideBin(process.argv))
  .scriptName('npm run sim:mutants --')
  .usage('$0 [id …]\n\nPlants bugs and lets the simulator find them.')
  .option('seeds', { type: 'number', default: 200, describe: 'seeds a bug may stay hidden' })
  .option('words', { type: 'boolean', default: false, describe: 'show what the checker said' })
  .strictOptions()
  .parseSync()

const built = fileURLToPath(new URL('../..', import.meta.url))
const wanted = argv._.map(String)
const unknown = wanted.filter((id) => !MUTANTS.some((mutant) => mutant.id === id))
if (unknown.length > 0) {
  process.stderr.write(
    `there is no planted bug ${unknown.join(', ')}; there are ${MUTANTS.map(({ id }) => id).join(', ')}\n`,
  )
  process.exit(2)
}
const mutants = MUTANTS.filter(({ id }) => wanted.length === 0 || wanted.includes(id))

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

function tell({ mutant, seeds, first, words }: Hunt): void {
  const by = first === undefined || first.checker === mutant.checker ? '' : ` (${first.checker} after ${first.seeds})`
  const found = seeds === undefined ? `not in ${argv.seeds}` : String(seeds)
  say(`${mutant.id.padEnd(26)} ${mutant.checker.padEnd(4)} ${found.padStart(10)}${by}  ${mutant.text}`)
  if (argv.words || seeds === undefined) say(`${' '.repeat(27)}${words}`)
}

async function work(queue: Iterator<(typeof mutants)[number]>): Promise<boolean> {
  let allFound = true
  for (let next = queue.next(); next.done !== true; next = queue.next()) {
    const result = await hunt(next.value, built, argv.seeds)
    tell(result)
    if (result.seeds === undefined) allFound = false
  }
  return allFound
}

say(`${'planted bug'.padEnd(26)} ${'by'.padEnd(4)} ${'seeds'.padStart(10)}`)
const queue = mutants.values()
const outcomes = await Promise.all(Array.from({ length: Math.max(1, availableParallelism()) }, () => work(queue)))
process.exitCode = outcomes.every((allFound) => allFound) ? 0 : 1
