/**
 * Reads fields of JSON from outside, one by one. Each reader gives the value in its type or throws
 * `ERR_INVALID_ARGUMENT`, naming the place (`steps[3].atMs`) and what was expected there.
 */

import { HearsayError } from '../src/core/errors.ts'

export type Fields = Readonly<Record<string, unknown>>

export function wrong(place: string, what: string): never {
  throw new HearsayError('ERR_INVALID_ARGUMENT', `${place} ${what}`)
}

export function fieldsAt(value: unknown, place: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  return wrong(place, 'must be an object')
}

/** All of `names`, some of `optional`, and no other: a misspelt name would be passed over in silence. */
export function checkFields(
  fields: Fields,
  place: string,
  names: readonly string[],
  optional: readonly string[] = [],
): void {
  const missing = names.find((name) => !Object.hasOwn(fields, name))
  if (missing !== undefined) wrong(place, `has no ${missing}`)
  const unknown = Object.keys(fields).find((name) => !names.includes(name) && !optional.includes(name))
  if (unknown !== undefined) wrong(place, `has an unknown field ${JSON.stringify(unknown)}`)
}

export function textAt(fields: Fields, name: string, place: string): string {
  const value = fields[name]
  return typeof value === 'string' ? value : wrong(inside(place, name), 'must be a string')
}

/** `least` and `most` are included. */
export function numberAt(fields: Fields, name: string, place: string, least: number, most: number): number {
  const value = fields[name]
  if (typeof value === 'number' && value >= least && value <= most) return value
  return wrong(inside(place, name), `must be a number from ${least} to ${most}, not ${JSON.stringify(value)}`)
}

export function integerAt(fields: Fields, name: string, place: string, least: number, most: number): number {
  const value = fields[name]
  if (Number.isSafeInteger(value)) return numberAt(fields, name, place, least, most)
  return wrong(inside(place, name), `must be a whole number from ${least} to ${most}, not ${JSON.stringify(value)}`)
}

export function oneOfAt<T extends string>(fields: Fields, name: string, place: string, known: readonly T[]): T {
  const found = known.find((text) => text === fields[name])
  return found ?? wrong(inside(place, name), `must be one of ${known.join(', ')}, not ${JSON.stringify(fields[name])}`)
}

export function listAt(fields: Fields, name: string, place: string, lengthMax = 100_000): readonly unknown[] {
  const value = fields[name]
  if (!Array.isArray(value)) return wrong(inside(place, name), 'must be a list')
  return value.length <= lengthMax ? value : wrong(inside(place, name), `has more than ${lengthMax} items`)
}

export function pairAt(value: unknown, place: string): readonly [unknown, unknown] {
  if (Array.isArray(value) && value.length === 2) return [value[0], value[1]]
  return wrong(place, 'must be a list of two')
}

function inside(place: string, name: string): string {
  return place === '' ? name : `${place}.${name}`
}
