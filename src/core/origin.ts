/**
 * An origin is one run of one node: its name, a run number, its birth and some random letters. Every start draws a new
 * one and makes it durable before the first write, so that a lost log tail, a restored backup or a cloned disk can
 * never use a version twice. Origins travel as one ASCII string, `name/run/birth/random`, which is also their order
 * by bytes when two versions have one time. Runs of a name are ordered by (run, random), never by birth.
 */

import type { Rng } from './rng.ts'

/** `name/run/birth/random`; run and birth in base 36. At most 128 characters. */
export type OriginId = string

export interface Origin {
  readonly name: string
  /** 1 + the greatest run known of this name when it was drawn. */
  readonly run: number
  /** The HLC when it was drawn: no write of this origin has a time at or below it. */
  readonly birth: number
  readonly random: string
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
const ORIGIN = /^([A-Za-z0-9][A-Za-z0-9._-]{0,62})\/([0-9a-z]{1,11})\/([0-9a-z]{1,11})\/([0-9a-z]{10})$/
const RANDOM_LETTERS = 10
/** More runs than a node could start in a thousand years, and far from where numbers lose their last digit. */
const RUN_MAX: number = 2 ** 32
/** Runs that others may name: a node can always draw a later one. */
export const RUN_TOLD_MAX: number = 2 ** 31

/** Whether `name` may name a node: 1 to 63 letters, digits, dots, dashes and underscores, the first a letter or digit. */
export function isNodeName(name: string): boolean {
  return NAME.test(name)
}

export function formatOrigin(origin: Origin): OriginId {
  return `${origin.name}/${origin.run.toString(36)}/${origin.birth.toString(36)}/${origin.random}`
}

/** The parts of an origin string, or `undefined` when it is not one. */
export function parseOrigin(id: OriginId): Origin | undefined {
  const match = ORIGIN.exec(id)
  if (match === null) return undefined
  const [, name, runText, birthText, random] = match
  if (name === undefined || runText === undefined || birthText === undefined || random === undefined) return undefined
  const run = Number.parseInt(runText, 36)
  const birth = Number.parseInt(birthText, 36)
  if (!(run >= 1 && run <= RUN_MAX) || !Number.isSafeInteger(birth)) return undefined
  const origin = { name, run, birth, random }
  // One origin, one spelling: `n/01/…` must not pass for `n/1/…`.
  return formatOrigin(origin) === id ? origin : undefined
}

export function drawOrigin(name: string, run: number, birth: number, rng: Rng): Origin {
  let random = ''
  for (let i = 0; i < RANDOM_LETTERS; i++) random += Math.floor(rng() * 36).toString(36)
  return { name, run, birth, random }
}

/** Orders runs of one name: negative when `mine` is the smaller run. */
export function compareRuns(mine: Origin, theirs: Origin): number {
  if (mine.run !== theirs.run) return mine.run - theirs.run
  return mine.random < theirs.random ? -1 : mine.random > theirs.random ? 1 : 0
}

/** Names remembered by origin, at most 2 MB; when full, it starts again from none. */
const NAMES_REMEMBERED_MAX = 8_192
const remembered = new Map<OriginId, string>()

/** The name in an origin string that is known to be valid. Asked several times a message, so the answer is remembered. */
export function nameOf(id: OriginId): string {
  const known = remembered.get(id)
  if (known !== undefined) return known
  const name = id.slice(0, id.indexOf('/'))
  if (remembered.size >= NAMES_REMEMBERED_MAX) remembered.clear()
  remembered.set(id, name)
  return name
}

/** The birth in an origin string that is known to be valid. */
export function birthOf(id: OriginId): number {
  const end = id.length - RANDOM_LETTERS - 1
  return Number.parseInt(id.slice(id.lastIndexOf('/', end - 1) + 1, end), 36)
}
