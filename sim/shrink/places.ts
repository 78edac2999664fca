/**
 * A plan with one node or client less. The names behind the one that goes move up, so that nodes are still `n1` to
 * `n<nodes>`; names of nodes that join later stay. Faults are plain JSON of unknown shape, so names are found wherever
 * they stand: a fault about the node alone goes, and one about several goes on without it. Pure; whether the plan still
 * fails is for others to find out.
 */

import { type Core, type DelayShape, isOperation, type Operation, type Plan, type Step } from '../plan.ts'

/** A name's new name; undefined when it is gone. Other strings stay as they are. */
type Rename = (name: string) => string | undefined

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** What becomes of a fault that names what is gone: it goes, or only the name does where that makes sense. */
export type Named = 'goes' | 'stays without'

/** Fields that list pairs: a pair goes as soon as one of its two does. Other lists of lists are parts of a whole. */
const PAIRS: ReadonlySet<string> = new Set(['links', 'pairs'])

/** Without node number `gone`, and without the client of that number if `client` says so. */
export function withoutNode(plan: Plan, gone: number, named: Named, client: boolean): Plan {
  const smaller = client ? withoutClient(plan, gone, named) : plan
  const { clocksMs, ...after } = renamed(smaller, moveUp('n', gone, plan.nodes), named)
  const clocks = clocksMs === undefined ? {} : { clocksMs: clocksMs.toSpliced(gone - 1, 1) }
  return { ...after, ...clocks, nodes: plan.nodes - 1 }
}

/** Without client number `gone` and all that it asks. */
export function withoutClient(plan: Plan, gone: number, named: Named): Plan {
  return { ...renamed(plan, moveUp('c', gone, plan.clients), named), clients: plan.clients - 1 }
}

/** What client number `gone` asks is asked by number `by` instead, which is lower; then it goes. */
export function mergedClients(plan: Plan, gone: number, by: number): Plan {
  const steps = plan.steps.map((step) =>
    isOperation(step) && step.client === `c${gone}` ? { ...step, client: `c${by}` } : step,
  )
  return withoutClient({ ...plan, steps }, gone, 'stays without')
}

/** Whether a client asks anything, or a fault or region names it. */
export function isNamed(plan: Plan, name: string): boolean {
  return (
    plan.delayMs.regions.some((region) => region.includes(name)) ||
    plan.steps.some((step) => (isOperation(step) ? step.client === name : names(jsonOf(step), name)))
  )
}

function moveUp(letter: string, gone: number, count: number): Rename {
  const moved = new Map<string, string | undefined>([[`${letter}${gone}`, undefined]])
  for (let i = gone + 1; i <= count; i++) moved.set(`${letter}${i}`, `${letter}${i - 1}`)
  return (name) => (moved.has(name) ? moved.get(name) : name)
}

function renamed(plan: Plan, rename: Rename, named: Named): Plan {
  return {
    ...plan,
    delayMs: delayOf(plan.delayMs, rename),
    core: coreOf(plan.core, rename),
    steps: plan.steps.flatMap((step): readonly Step[] => {
      const after = isOperation(step) ? operationOf(step, rename) : faultOf(step, rename, named)
      return after === undefined ? [] : [after]
    }),
  }
}

function delayOf({ matrixMs, ...delayMs }: DelayShape, rename: Rename): DelayShape {
  const regions = regionsOf(delayMs.regions, rename)
  if (matrixMs === undefined) return { ...delayMs, regions }
  const rows = matrixMs.slice(0, regions.length).map((row) => row.slice(0, regions.length))
  return { ...delayMs, regions, matrixMs: rows }
}

/** A region keeps its number: the first is where all others are too. */
function regionsOf(regions: readonly (readonly string[])[], rename: Rename): readonly (readonly string[])[] {
  const after = regions.map((region) => region.map(rename).filter((name) => name !== undefined))
  return after.slice(0, after.findLastIndex((region) => region.length > 0) + 1)
}

/** None when what is left of it no longer hangs together: then all is made whole at once. */
function coreOf(core: Core, rename: Rename): Core {
  const nodes = core.nodes.map(rename).filter((name) => name !== undefined)
  const links = core.links.flatMap(([a, b]): readonly (readonly [string, string])[] => {
    const [from, to] = [rename(a), rename(b)]
    return from === undefined || to === undefined ? [] : [[from, to]]
  })
  return isConnected({ nodes, links }) ? { nodes, links } : { nodes: [], links: [] }
}

/** Whether each node of the core reaches each other over its links. */
export function isConnected({ nodes, links }: Core): boolean {
  const reached = new Set(nodes.slice(0, 1))
  for (const name of reached)
    for (const [a, b] of links) {
      if (a === name) reached.add(b)
      if (b === name) reached.add(a)
    }
  return nodes.every((name) => reached.has(name))
}

function operationOf(step: Operation, rename: Rename): Operation | undefined {
  const client = rename(step.client)
  if (client === undefined) return undefined
  if (step.kind !== 'move') return { ...step, client }
  const node = rename(step.node)
  return node === undefined ? undefined : { ...step, client, node }
}

function jsonOf(step: Step): Json {
  return step as unknown as Json
}

function faultOf(step: Step, rename: Rename, named: Named): Step | undefined {
  const after = jsonWith(jsonOf(step), rename, named, false)
  return after === undefined ? undefined : (after as unknown as Step)
}

/** Undefined when it makes no sense without what is gone. */
function jsonWith(value: Json, rename: Rename, named: Named, isPair: boolean): Json | undefined {
  if (typeof value === 'string') return rename(value)
  if (isList(value)) return listWith(value, rename, named, isPair)
  if (typeof value !== 'object' || value === null) return value
  const fields: [string, Json][] = []
  for (const [name, field] of Object.entries(value)) {
    const newName = rename(name)
    if (newName === undefined && named === 'stays without') continue
    const after =
      PAIRS.has(name) && isList(field) ? pairsWith(field, rename, named) : jsonWith(field, rename, named, false)
    if (newName === undefined || after === undefined) return undefined
    fields.push([newName, after])
  }
  return Object.fromEntries(fields)
}

function listWith(list: readonly Json[], rename: Rename, named: Named, isPair: boolean): readonly Json[] | undefined {
  const after = list.map((item) => jsonWith(item, rename, named, false)).filter((item) => item !== undefined)
  if (after.length === list.length) return after
  if (named === 'goes' || isPair || after.length === 0) return undefined
  // One part of a whole is cut off from nothing.
  return after.length === 1 && list.every(isList) ? undefined : after
}

function pairsWith(list: readonly Json[], rename: Rename, named: Named): readonly Json[] | undefined {
  const after = list.map((pair) => jsonWith(pair, rename, named, true)).filter((pair) => pair !== undefined)
  if (after.length === list.length) return after
  return named === 'goes' || after.length === 0 ? undefined : after
}

function names(value: Json, name: string): boolean {
  if (value === name) return true
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([field, inner]) => field === name || names(inner, name))
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
