/**
 * Carries out a command on the cluster and says in plain words what happened and how long it took. Whatever goes wrong
 * with a node or a call is one line, never the end of the script.
 */

import { type Client, HearsayError } from '../../src/client/index.ts'
import { type Command, USAGE } from './command.ts'
import { areEqual, type LocalCluster } from './local-cluster.ts'
import type { LocalNode } from './local-node.ts'
import { spellMs, spellSides, statusTable } from './status-table.ts'
import { readValue, spellValue } from './values.ts'

type Say = (...lines: readonly string[]) => void
type Act<K extends Command['kind']> = Extract<Command, { kind: K }>

const CALL_WAIT_MS = 3_000
const AGREE_WAIT_MS = 20_000

/** Everything but `quit`, which is for whoever owns the cluster. */
export async function carryOut(command: Command, cluster: LocalCluster, say: Say): Promise<void> {
  try {
    await act(command, cluster, say)
  } catch (error) {
    if (!(error instanceof HearsayError)) throw error
    const note = error.maybeApplied ? ' (it may have taken effect all the same)' : ''
    say(`${error.code}: ${error.message}${note}`)
  }
}

async function act(command: Command, cluster: LocalCluster, say: Say): Promise<void> {
  switch (command.kind) {
    case 'put':
    case 'del':
      return write(command, cluster, say)
    case 'get':
      return get(command, cluster, say)
    case 'kill':
      return kill(nodeOf(cluster, command.node), say)
    case 'restart':
      return restart(nodeOf(cluster, command.node), cluster, say)
    case 'partition':
      return partition(command, cluster, say)
    case 'heal':
      return heal(cluster, say)
    case 'status':
      return say(...statusTable(await cluster.view(), cluster.sides).map(({ text }) => text))
    case 'help':
      return say(...Object.values(USAGE).map(({ words, does }) => `  ${words.padEnd(22)} ${does}`))
    case 'wrong':
      return say(command.why)
    case 'nothing':
    case 'quit':
      return
  }
}

async function write(command: Act<'put' | 'del'>, cluster: LocalCluster, say: Say): Promise<void> {
  const node = command.node === undefined ? cluster.running[0] : nodeOf(cluster, command.node)
  if (node === undefined) return say('no node is up: restart one')
  const { key } = command
  const begin = performance.now()
  await callOn(node, async (client) => {
    if (command.kind === 'del') await client.delete(key, { timeout: CALL_WAIT_MS })
    else await client.put(key, readValue(command.value), { timeout: CALL_WAIT_MS })
    const done = command.kind === 'del' ? `deleted ${key}` : `took ${key}`
    say(`${node.name} ${done} in ${spellMs(performance.now() - begin)}`)
  })
}

async function get({ key, node }: Act<'get'>, cluster: LocalCluster, say: Say): Promise<void> {
  if (node !== undefined) return say(await shownBy(nodeOf(cluster, node), key))
  const { running } = cluster
  if (running.length === 0) return say('no node is up: restart one')
  const answers = await Promise.allSettled(running.map((one) => shownBy(one, key)))
  const saidBy = new Map<string, string[]>()
  answers.forEach((answer, index) => {
    const text = answer.status === 'fulfilled' ? answer.value : spellFailure(answer.reason)
    saidBy.set(text, [...(saidBy.get(text) ?? []), running[index]?.name ?? ''])
  })
  const [only] = saidBy.keys()
  if (saidBy.size === 1) return say(`${running.length === 1 ? running[0]?.name : 'all agree'}: ${only}`)
  const width = Math.max(...[...saidBy.values()].map((names) => names.join(',').length))
  for (const [text, names] of saidBy) say(`  ${names.join(',').padEnd(width)}  ${text}`)
  say('they differ')
}

async function kill(node: LocalNode, say: Say): Promise<void> {
  const { state } = node
  if (state.kind === 'down') return say(`${node.name} is down already`)
  await node.kill()
  say(`${node.name} (pid ${state.pid}) is dead. What it had acknowledged is in its log: restart ${node.name}`)
}

async function restart(node: LocalNode, cluster: LocalCluster, say: Say): Promise<void> {
  const begin = performance.now()
  const isUp = await cluster.restart(node)
  const { state } = node
  if (!isUp || state.kind === 'down') {
    return say(`${node.name} did not come up; see ${node.place.logFile}`)
  }
  say(`${node.name} is up again after ${spellMs(performance.now() - begin)} (pid ${state.pid})`)
  const reach = (): readonly LocalNode[] => cluster.within(node.name)
  if (reach().length === 1) return say('and can reach no other node')
  const equalMs = await cluster.untilEqual(reach, AGREE_WAIT_MS)
  const names = joinNames(reach())
  say(equalMs === undefined ? `${names} are not equal yet: see status` : `${names} are equal again ${later(equalMs)}`)
}

async function partition({ sides }: Act<'partition'>, cluster: LocalCluster, say: Say): Promise<void> {
  await cluster.partition(sides)
  say(
    `Cut: ${spellSides(sides)}. Each side still reads and writes; the other looks suspect, then dead.`,
    'Write one key on both sides, look with get, then: heal',
  )
}

async function heal(cluster: LocalCluster, say: Say): Promise<void> {
  if (cluster.sides.length === 0) return say('The network is whole already.')
  const wasEqual = areEqual(await cluster.view(cluster.running))
  await cluster.heal()
  const begin = performance.now()
  const up = (): readonly LocalNode[] => cluster.running
  if (up().length < 2) return say('Healed; fewer than two nodes are up.')
  const linkedMs = await cluster.untilLinked(up, AGREE_WAIT_MS)
  if (linkedMs === undefined) return say(`Not all are linked after ${spellMs(AGREE_WAIT_MS)}: see status`)
  say(`Healed: ${joinNames(up())} see each other again after ${spellMs(linkedMs)}`)
  const equalMs = await cluster.untilEqual(up, AGREE_WAIT_MS)
  if (equalMs === undefined) return say(`They are not equal after ${spellMs(performance.now() - begin)}: see status`)
  if (wasEqual) return say('all are equal, as they were: nothing was written apart')
  say(`all equal again after ${spellMs(performance.now() - begin)}; of two writes to one key the later one won`)
}

function nodeOf(cluster: LocalCluster, name: string): LocalNode {
  const node = cluster.find(name)
  if (node === undefined) throw new HearsayError('ERR_INVALID_ARGUMENT', `no node is called ${name}`)
  return node
}

async function shownBy(node: LocalNode, key: string): Promise<string> {
  return callOn(node, async (client) => spellValue(await client.get(key, { timeout: CALL_WAIT_MS })))
}

function callOn<R>(node: LocalNode, call: (client: Client<Uint8Array>) => Promise<R>): Promise<R> {
  if (node.client !== undefined) return call(node.client)
  const why = node.state.kind === 'down' ? node.state.why : node.state.kind
  throw new HearsayError('ERR_UNREACHABLE', `${node.name} is down, ${why}: restart ${node.name}`)
}

function spellFailure(error: unknown): string {
  return error instanceof HearsayError ? error.code : String(error)
}

function later(ms: number): string {
  return ms < 100 ? 'at once' : `${spellMs(ms)} later`
}

function joinNames(nodes: readonly LocalNode[]): string {
  const names = nodes.map(({ name }) => name)
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
