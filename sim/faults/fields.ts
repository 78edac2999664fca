/**
 * What a field of a fault may hold. Plans come from outside, so each family says for each of its fields which values make
 * sense; a value that passes makes the fault strike without an exception. What is wrong is thrown as
 * `ERR_INVALID_ARGUMENT` with its place.
 */

import { isNodeName } from '../../src/core/origin.ts'
import { LENGTH_MS_MAX } from '../limits.ts'
import {
  checkFields,
  type Fields,
  fieldsAt,
  integerAt,
  listAt,
  numberAt,
  oneOfAt,
  pairAt,
  wrong,
} from '../plan-fields.ts'
import { isClient } from './lanes.ts'

/** Who there is in the plan that a fault is of. */
export interface PlanNames {
  /** At the start. */
  readonly nodes: ReadonlySet<string>
  /** Later, and when, ms. */
  readonly joining: ReadonlyMap<string, number>
  readonly clients: ReadonlySet<string>
}

export interface Field {
  readonly isOptional?: boolean
  /** Throws when `fields[name]` is wrong. */
  check(fields: Fields, name: string, place: string, known: PlanNames): void
}

/** `least` and `most` are included. */
export function aNumber(least: number, most: number): Field {
  return { check: (fields, name, place) => void numberAt(fields, name, place, least, most) }
}

export function aWhole(least: number, most: number): Field {
  return { check: (fields, name, place) => void integerAt(fields, name, place, least, most) }
}

/** Why a fault is off that nodes survive. */
export const ONLY_AWAY = 'the scenario away is made of it, and the usual runs leave it to that'

/** Ms. */
export const A_TIME: Field = aNumber(0, LENGTH_MS_MAX)

export const A_SHARE: Field = aNumber(0, 1)

export const A_FLAG: Field = {
  check(fields, name, place) {
    if (typeof fields[name] !== 'boolean') wrong(`${place}.${name}`, 'must be true or false')
  },
}

export function oneOf(known: readonly string[]): Field {
  return { check: (fields, name, place) => void oneOfAt(fields, name, place, known) }
}

/** A node that is there when the fault strikes. */
export const A_NODE: Field = {
  check: (fields, name, place, known) => checkThere(fields[name], `${place}.${name}`, known, fields.atMs),
}

/** A list of nodes. Those that are not there yet are meant from when they join. */
export const NODES: Field = each(checkNode)

/** A list of nodes that are all there when the fault strikes. */
export const NODES_THERE: Field = {
  check(fields, name, place, known) {
    for (const [i, node] of listAt(fields, name, place).entries())
      checkThere(node, `${place}.${name}[${i}]`, known, fields.atMs)
  },
}

/** A list of lists of nodes. */
export const PARTS: Field = each((part, place, known) => {
  for (const [i, node] of listAt({ part }, 'part', place).entries()) checkNode(node, `${place}[${i}]`, known)
})

/** A list of pairs of nodes. */
export const PAIRS: Field = each((pair, place, known) => {
  for (const node of pairAt(pair, place)) checkNode(node, place, known)
})

/** A list of nodes or clients. */
const PLACES: Field = each((name, place, known) => {
  if (typeof name !== 'string' || !known.clients.has(name)) checkNode(name, place, known)
})

export const LANES: { readonly from: Field; readonly to: Field } = { from: PLACES, to: PLACES }

/** A node that is not there at the start. */
export const A_NEW_NODE: Field = {
  check(fields, name, place, { nodes }) {
    const value = fields[name]
    const at = `${place}.${name}`
    if (typeof value !== 'string' || !isNodeName(value) || isClient(value))
      wrong(at, `is ${JSON.stringify(value)}, which cannot be the name of a node`)
    if (nodes.has(value)) wrong(at, `is ${JSON.stringify(value)}, which is there from the start`)
  },
}

export function anObject(inner: Readonly<Record<string, Field>>): Field {
  return {
    check(fields, name, place, known) {
      const at = `${place}.${name}`
      checkAll(fieldsAt(fields[name], at), at, inner, known)
    },
  }
}

export function optional(field: Field): Field {
  return { isOptional: true, check: field.check }
}

/** All of `inner`, and nothing else than `more`. */
export function checkAll(
  fields: Fields,
  place: string,
  inner: Readonly<Record<string, Field>>,
  known: PlanNames,
  more: readonly string[] = [],
): void {
  const [optional, needed] = [true, false].map((isOptional) =>
    Object.keys(inner).filter((name) => (inner[name]?.isOptional ?? false) === isOptional),
  )
  checkFields(fields, place, [...more, ...(needed ?? [])], optional)
  for (const [name, field] of Object.entries(inner))
    if (Object.hasOwn(fields, name)) field.check(fields, name, place, known)
}

function each(check: (item: unknown, place: string, known: PlanNames) => void): Field {
  return {
    check(fields, name, place, known) {
      for (const [i, item] of listAt(fields, name, place).entries()) check(item, `${place}.${name}[${i}]`, known)
    },
  }
}

function checkThere(name: unknown, place: string, known: PlanNames, atMs: unknown): void {
  checkNode(name, place, known)
  const joinsMs = known.joining.get(String(name))
  if (joinsMs !== undefined && joinsMs >= Number(atMs))
    wrong(place, `is ${JSON.stringify(name)}, which joins only at ${joinsMs} ms`)
}

function checkNode(name: unknown, place: string, { nodes, joining }: PlanNames): void {
  if (typeof name === 'string' && (nodes.has(name) || joining.has(name))) return
  wrong(place, name === undefined ? 'must name a node' : `is ${JSON.stringify(name)}: no such node`)
}
