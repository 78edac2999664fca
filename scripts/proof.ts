/**
 * Proofs with real processes, each with its figures: what a cluster on this machine does with deletes, expiries,
 * returns and comparisons. `npm run build && node dist/scripts/proof.js [names…] [--keys N]`; all of them without a
 * name.
 */

import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { ages, million } from './proof/collecting.ts'
import { comparison } from './proof/comparison.ts'
import { expiry } from './proof/expiry.ts'
import { returner } from './proof/returner.ts'

type Say = (line: string) => void

interface Proof {
  readonly about: string
  readonly keys: number
  run(say: Say, keys: number): Promise<void>
}

const PROOFS: Readonly<Record<string, Proof>> = {
  ages: { about: 'age of tombstones when they go, five nodes', keys: 1_000, run: ages },
  million: { about: 'memory after deletes, five nodes', keys: 1_000_000, run: million },
  expiry: { about: 'keys that expire at one moment, three nodes', keys: 100_000, run: expiry },
  forgotten: {
    about: 'a forgotten node that wrote alone returns, three nodes',
    keys: 10_000,
    run: (say, keys) => returner(say, keys, true),
  },
  away: {
    about: 'a node that was away and wrote alone returns, three nodes',
    keys: 10_000,
    run: (say, keys) => returner(say, keys, false),
  },
  comparison: { about: 'bytes of diff and sync, two nodes', keys: 100_000, run: comparison },
}

const argv = yargs(hideBin(process.argv))
  .scriptName('proof')
  .usage(
    `$0 [names…]\n\n${Object.entries(PROOFS)
      .map(([name, { about }]) => `${name.padEnd(11)} ${about}`)
      .join('\n')}`,
  )
  .option('keys', { type: 'number', describe: 'instead of what each proof takes' })
  .strictOptions()
  .parseSync()

const names = argv._.length === 0 ? Object.keys(PROOFS) : argv._.map(String)
for (const name of names) {
  const proof = PROOFS[name]
  if (proof === undefined) {
    process.stderr.write(`there is no proof ${name}\n`)
    process.exit(2)
  }
  process.stdout.write(`${name}: ${proof.about}\n`)
  try {
    await proof.run((line) => process.stdout.write(`  ${line}\n`), argv.keys ?? proof.keys)
  } catch (error) {
    process.stdout.write(`  FAILED: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
