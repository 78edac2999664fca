/**
 * `npm start`: a cluster of real nodes on this machine, and a prompt to try it with: write here, read there, cut the
 * network, kill a node, heal. Starts the nodes, keeps their status in view, carries out what is typed, and stops every
 * node before it ends, whatever ends it. Commands may be piped in.
 */

import { relative, resolve } from 'node:path'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { HearsayError } from '../src/client/index.ts'
import { parseCommand, USAGE } from './cluster/command.ts'
import { LocalCluster } from './cluster/local-cluster.ts'
import type { LocalNode } from './cluster/local-node.ts'
import { NODES_MAX, nodeNames, type Place, preparePlaces, takeFolder } from './cluster/places.ts'
import { PlainScreen, type Screen } from './cluster/screen.ts'
import { spellMs, statusTable } from './cluster/status-table.ts'
import { TerminalScreen } from './cluster/terminal-screen.ts'
import { carryOut } from './cluster/verbs.ts'

const TOGETHER_WAIT_MS = 15_000
const REFRESH_MS = 1_000

const argv = yargs(hideBin(process.argv))
  .scriptName('npm start --')
  .usage('$0 [--nodes N]\n\nStarts nodes on this machine and gives you a prompt to try them.')
  .option('nodes', { type: 'number', default: 3, describe: `how many, 1 to ${NODES_MAX}` })
  .option('port', { type: 'number', default: 7071, describe: 'port of the first; the others take the next ones' })
  .option('dir', { type: 'string', default: '.hearsay', describe: 'folder for their logs, kept between starts' })
  .option('fresh', { type: 'boolean', default: false, describe: 'begin empty' })
  .check(({ nodes, port }) => {
    if (!Number.isInteger(nodes) || nodes < 1 || nodes > NODES_MAX) throw new Error(`--nodes must be 1 to ${NODES_MAX}`)
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error('--port must be 1 to 65535')
    return true
  })
  .version(false)
  .strict()
  .parseSync()

const names = nodeNames(argv.nodes)
const dir = resolve(argv.dir)
let cluster: LocalCluster | undefined
let giveFolderBack = (): void => {}
let stopping: Promise<void> | undefined

const screen = openScreen()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop())
// Nobody reads any more: nothing is left to say.
process.stdout.on('error', () => void stop())

try {
  giveFolderBack = takeFolder(dir)
  const places = await preparePlaces({ dir, names, port: argv.port, fresh: argv.fresh }, screen.print.bind(screen))
  if (stopping === undefined) await run(new LocalCluster(places, tellDeath), places)
} catch (error) {
  process.exitCode = 1
  screen.print(spellError(error))
} finally {
  await stop()
}

/** Errors of the system and of hearsay in one line; a fault of the script with its stack. */
function spellError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) return error.stack ?? error.message
  const hint = code === 'ERR_FOLDER_IN_USE' ? ' --dir gives this start a folder of its own.' : ''
  return error instanceof HearsayError ? `${code}: ${error.message}${hint}` : error.message
}

async function run(started: LocalCluster, places: readonly Place[]): Promise<void> {
  cluster = started
  screen.print(`${names.length === 1 ? 'One node starts' : `${names.length} nodes start`} below ${pathOf(dir)}:`)
  started.start()
  if (screen.isLive) void refresh(started)
  await untilTogether(started)
  if (started.running.length === 0) {
    process.exitCode = 1
    return
  }
  if (!screen.isLive) await carryOut({ kind: 'status' }, started, screen.print.bind(screen))
  if (stopping === undefined) screen.print(...whatToTry(places))
  let commands = 0
  for await (const line of screen.lines) {
    const command = parseCommand(line, names)
    if (command.kind === 'quit') return
    if (command.kind !== 'nothing') commands++
    await carryOut(command, started, screen.print.bind(screen))
    if (screen.isLive) await showStatus(started)
  }
  // An input that never held anything, such as /dev/null, is that of a cluster in the background.
  if (commands > 0 || screen.isLive || stopping !== undefined) return
  screen.print('There is no input: the nodes run until SIGINT or SIGTERM.')
  await new Promise(() => {})
}

async function untilTogether(started: LocalCluster): Promise<void> {
  const up = (): readonly LocalNode[] => started.running
  const tookMs = await started.untilLinked(up, TOGETHER_WAIT_MS)
  if (stopping !== undefined) return
  for (const { name, place, state } of started.nodes) {
    if (state.kind === 'down') screen.print(`${name} did not come up; see ${pathOf(place.logFile)}`)
    else screen.print(`  ${name}  ${place.url}  pid ${state.pid}, log ${pathOf(place.logFile)}`)
  }
  if (tookMs === undefined) {
    screen.print(`Not all nodes see each other after ${spellMs(TOGETHER_WAIT_MS)}: their logs may say why.`)
  } else if (up().length > 1) screen.print(`All ${up().length} see each other after ${spellMs(tookMs)}.`)
}

function whatToTry([first, second]: readonly Place[]): readonly string[] {
  const shell = `From another terminal: npx hearsay get greeting --url ${(second ?? first)?.url}`
  if (names.length === 1) return ['', 'Try:  put greeting hello', '      get greeting', shell, '']
  const last = names.at(-1) ?? ''
  const cut = `partition ${names.slice(0, -1).join(',')} | ${last}`
  const tries = [
    ['put greeting hello n1', 'then, on all nodes: get greeting'],
    [cut, `then put greeting left n1, put greeting right ${last}`],
    ['heal', 'the later of the two writes wins everywhere'],
    ['kill n2, restart n2', 'its log keeps what it had; help lists all verbs'],
  ]
  const width = Math.max(...tries.map(([what = '']) => what.length))
  const lines = tries.map(([what = '', why], at) => `${at === 0 ? 'Try:' : '    '}  ${what.padEnd(width)}   ${why}`)
  return ['', ...lines, shell, '']
}

function openScreen(): Screen {
  const { stdin, stdout } = process
  if (!stdin.isTTY || !stdout.isTTY || process.env.TERM === 'dumb') return new PlainScreen(stdin, stdout)
  const words = [...Object.keys(USAGE), ...names]
  const complete = (line: string): readonly string[] => {
    const begun = /[^\s,|]*$/.exec(line)?.[0] ?? ''
    const found = begun === '' ? [] : words.filter((word) => word.startsWith(begun))
    return found.map((word) => `${line.slice(0, line.length - begun.length)}${word} `)
  }
  return new TerminalScreen(stdin, stdout, { complete, onInterrupt: () => void stop() })
}

async function refresh(started: LocalCluster): Promise<void> {
  while (stopping === undefined) {
    await showStatus(started)
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS).unref())
  }
}

async function showStatus(started: LocalCluster): Promise<void> {
  const views = await started.view()
  if (stopping === undefined) screen.show(statusTable(views, started.sides))
}

function tellDeath(node: LocalNode, why: string): void {
  screen.print(`${node.name} ${why}`, `It stays down until you say: restart ${node.name}`)
}

function pathOf(path: string): string {
  const near = relative('', path)
  return near.startsWith('..') ? path : near
}

/** Ends everything, once. A verb that still runs finds its nodes gone. */
function stop(): Promise<void> {
  stopping ??= (async () => {
    screen.close()
    const running = cluster?.running.map(({ name }) => name) ?? []
    await cluster?.stop()
    giveFolderBack()
    if (running.length > 0) screen.print(`${running.join(', ')} ${running.length === 1 ? 'has' : 'have'} stopped.`)
    process.exit()
  })()
  return stopping
}
