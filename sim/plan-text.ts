/**
 * A plan as text: JSON with one step a line, to keep, to send and to edit by hand. What comes back is checked to the last
 * field, and an error names the place: a plan that is read runs. What a fault says beyond its kind and times is
 * checked by what its family says of its fields. `parsePlan(planText(p))` equals `p`.
 */

import { HearsayError } from '../src/core/errors.ts'
import { isKey } from '../src/core/key.ts'
import { checkAll, type PlanNames } from './faults/fields.ts'
import { FAULT_FAMILIES, familyOf, isFaultKind } from './faults/index.ts'
import { CLIENTS_MAX, LENGTH_MS_MAX, NODES_MAX, STEPS_MAX } from './limits.ts'
import type { Operation, Plan, Step } from './plan.ts'
import {
  checkFields,
  type Fields,
  fieldsAt,
  integerAt,
  listAt,
  numberAt,
  oneOfAt,
  pairAt,
  textAt,
  wrong,
} from './plan-fields.ts'
import { isConnected } from './shrink/places.ts'

/** A day; what peers believe is much less. */
const CLOCK_OFF_MS_MAX = 86_400_000
/** The fault of this kind names a node that is not there at the start. */
const JOIN = 'join'

export function planText({ steps, ...head }: Plan): string {
  const fields = Object.entries(head).map(([name, value]) => `  ${JSON.stringify(name)}: ${spaced(value)},\n`)
  const lines = steps.map((step) => `    ${spaced(step)}`).join(',\n')
  return `{\n${fields.join('')}  "steps": [${lines === '' ? '' : `\n${lines}\n  `}]\n}\n`
}

/** Indented JSON with its lines joined. JSON text holds no line breaks of its own. */
function spaced(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/\n */g, ' ')
}

/**
 * @param text see `planText`
 * @returns the plan, its steps in the order of `atMs`
 * @throws HearsayError `ERR_INVALID_ARGUMENT` with the place and what is wrong there
 */
export function parsePlan(text: string): Plan {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new HearsayError('ERR_INVALID_ARGUMENT', 'the plan is not JSON', { cause: error })
  }
  return checkPlan(json)
}

/** The same for a plan that is no text any more. Errors call its steps `name`. */
export function checkPlan(json: unknown, name = 'steps'): Plan {
  const plan = fieldsAt(json, 'the plan')
  checkFields(
    plan,
    'the plan',
    ['seed', 'nodes', 'clients', 'fsync', 'lengthMs', 'delayMs', 'core', 'steps'],
    ['clocksMs', 'forgetAfterMs'],
  )
  const nodes = integerAt(plan, 'nodes', '', 1, NODES_MAX)
  const clients = integerAt(plan, 'clients', '', 0, CLIENTS_MAX)
  const lengthMs = numberAt(plan, 'lengthMs', '', 0, LENGTH_MS_MAX)
  const steps = listAt(plan, 'steps', '', STEPS_MAX).map((step, i) => fieldsAt(step, `${name}[${i}]`))
  const cast: Cast = {
    nodes: new Set(numbered('n', nodes)),
    clients: new Set(numbered('c', clients)),
    joining: joiningOf(steps),
    lengthMs,
  }
  return {
    seed: integerAt(plan, 'seed', '', 0, 2 ** 32 - 1),
    nodes,
    clients,
    fsync: oneOfAt(plan, 'fsync', '', ['always', 'interval', 'never']),
    lengthMs,
    delayMs: delayOf(fieldsAt(plan.delayMs, 'delayMs'), cast),
    ...(plan.clocksMs === undefined ? {} : { clocksMs: clocksOf(plan, nodes) }),
    ...(plan.forgetAfterMs === undefined
      ? {}
      : { forgetAfterMs: integerAt(plan, 'forgetAfterMs', '', 1, LENGTH_MS_MAX) }),
    core: coreOf(fieldsAt(plan.core, 'core'), cast),
    steps: steps.map((step, i) => stepOf(step, `${name}[${i}]`, cast)).sort((a, b) => a.atMs - b.atMs),
  }
}

interface Cast extends PlanNames {
  readonly lengthMs: number
}

/** The names of nodes that join, with when each does first. */
function joiningOf(steps: readonly Fields[]): ReadonlyMap<string, number> {
  const joining = new Map<string, number>()
  for (const { kind, name, atMs } of steps) {
    if (kind !== JOIN || typeof name !== 'string' || typeof atMs !== 'number') continue
    joining.set(name, Math.min(joining.get(name) ?? atMs, atMs))
  }
  return joining
}

function numbered(letter: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${letter}${i + 1}`)
}

function delayOf(delay: Fields, cast: Cast): Plan['delayMs'] {
  checkFields(delay, 'delayMs', ['near', 'far', 'regions'], ['matrixMs'])
  const regions = listAt(delay, 'regions', 'delayMs').map((region, i) =>
    listAt({ region }, 'region', `delayMs.regions[${i}]`).map((name) => {
      if (typeof name === 'string' && (cast.nodes.has(name) || cast.clients.has(name) || cast.joining.has(name)))
        return name
      return wrong(`delayMs.regions[${i}]`, `names ${show(name)}, which is no node or client of this plan`)
    }),
  )
  const names = regions.flat()
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) wrong('delayMs.regions', `names ${show(twice)} twice`)
  const matrix = delay.matrixMs === undefined ? {} : { matrixMs: matrixOf(delay, regions.length) }
  return { near: spanAt(delay, 'near'), far: spanAt(delay, 'far'), regions, ...matrix }
}

function matrixOf(delay: Fields, regions: number): readonly (readonly number[])[] {
  const rows = listAt(delay, 'matrixMs', 'delayMs', regions).map((row, i) => {
    const place = `delayMs.matrixMs[${i}]`
    const cells = listAt({ row }, 'row', place, regions)
    if (cells.length !== regions) wrong(place, `has ${cells.length} delays, one for each of ${regions} regions`)
    return cells.map((ms, j) => numberAt({ ms }, 'ms', `${place}[${j}]`, 0, LENGTH_MS_MAX))
  })
  if (rows.length !== regions) wrong('delayMs.matrixMs', `has ${rows.length} rows, one for each of ${regions} regions`)
  return rows
}

function clocksOf(plan: Fields, nodes: number): readonly number[] {
  const clocks = listAt(plan, 'clocksMs', '', nodes)
  return clocks.map((off, i) => numberAt({ off }, 'off', `clocksMs[${i}]`, -CLOCK_OFF_MS_MAX, CLOCK_OFF_MS_MAX))
}

function spanAt(delay: Fields, name: string): readonly [number, number] {
  const [least, most] = pairAt(delay[name], `delayMs.${name}`)
  const numbers = { least, most }
  const leastMs = numberAt(numbers, 'least', `delayMs.${name}`, 0, LENGTH_MS_MAX)
  return [leastMs, numberAt(numbers, 'most', `delayMs.${name}`, leastMs, LENGTH_MS_MAX)]
}

function coreOf(core: Fields, cast: Cast): Plan['core'] {
  checkFields(core, 'core', ['nodes', 'links'])
  const nodes = listAt(core, 'nodes', 'core').map((name) => {
    if (typeof name === 'string' && cast.nodes.has(name)) return name
    return wrong('core.nodes', `names ${show(name)}, which is no node of this plan`)
  })
  const links = listAt(core, 'links', 'core').map((link, i): readonly [string, string] => {
    const [from, to] = pairAt(link, `core.links[${i}]`)
    if (nodes.some((name) => name === from) && nodes.some((name) => name === to)) return [String(from), String(to)]
    return wrong(`core.links[${i}]`, 'must join two nodes of the core')
  })
  if (!isConnected({ nodes, links })) wrong('core', 'does not hang together: each of its nodes must reach each other')
  return { nodes, links }
}

type Check = (step: Fields, place: string, cast: Cast) => void

const aKey: Check = (step, place) => {
  if (!isKey(step.key)) wrong(`${place}.key`, `is ${show(step.key)}, which cannot be a key`)
}
const aPrefix: Check = (step, place) => void textAt(step, 'prefix', place)

const aTtl: Check = (step, place) => void integerAt(step, 'ttlMs', place, 1, LENGTH_MS_MAX)

const OPERATIONS: Readonly<Record<Operation['kind'], Readonly<Record<string, Check>>>> = {
  put: { key: aKey, value: (step, place) => void textAt(step, 'value', place) },
  delete: { key: aKey },
  batch: { changes: checkChanges },
  get: { key: aKey },
  scan: {
    prefix: aPrefix,
    limit: (step, place) => void integerAt(step, 'limit', place, 1, Number.MAX_SAFE_INTEGER),
  },
  watch: { prefix: aPrefix },
  unwatch: {},
  move: {
    node: (step, place, cast) => {
      const name = textAt(step, 'node', place)
      if (!cast.nodes.has(name) && !cast.joining.has(name)) wrong(`${place}.node`, `is ${show(name)}: no such node`)
    },
  },
}

function checkChanges(step: Fields, place: string, cast: Cast): void {
  const changes = listAt(step, 'changes', place)
  if (changes.length === 0) wrong(`${place}.changes`, 'is empty')
  for (const [i, change] of changes.entries()) {
    const at = `${place}.changes[${i}]`
    const fields = fieldsAt(change, at)
    checkFields(fields, at, 'value' in fields ? ['key', 'value'] : ['key'], 'value' in fields ? ['ttlMs'] : [])
    aKey(fields, at, cast)
    if ('value' in fields) textAt(fields, 'value', at)
    if ('ttlMs' in fields) aTtl(fields, at, cast)
  }
}

function stepOf(step: Fields, place: string, cast: Cast): Step {
  const kind = textAt(step, 'kind', place)
  const operation = Object.hasOwn(OPERATIONS, kind) ? OPERATIONS[kind as Operation['kind']] : undefined
  if (operation === undefined && !isFaultKind(kind)) {
    const known = [...Object.keys(OPERATIONS), ...FAULT_FAMILIES.map((family) => family.kind)].join(', ')
    wrong(`${place}.kind`, `is ${show(kind)}; there are ${known}`)
  }
  numberAt(step, 'atMs', place, 0, cast.lengthMs)
  if (operation === undefined) checkFault(step, kind, place, cast)
  else {
    checkFields(step, place, ['kind', 'atMs', 'client', ...Object.keys(operation)], kind === 'put' ? ['ttlMs'] : [])
    if ('ttlMs' in step) aTtl(step, place, cast)
    const client = textAt(step, 'client', place)
    if (!cast.clients.has(client)) wrong(`${place}.client`, `is ${show(client)}: no such client`)
    for (const check of Object.values(operation)) check(step, place, cast)
  }
  return step as unknown as Step
}

function checkFault(step: Fields, kind: string, place: string, cast: Cast): void {
  numberAt(step, 'forMs', place, 0, LENGTH_MS_MAX)
  checkAll(step, place, familyOf(kind).fields, cast, ['kind', 'atMs', 'forMs'])
}

function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value)
}
