/**
 * Sorts many keys by their bytes, step by step, so that whoever has other work need not wait for all of it. Keys are
 * parted by the first unit behind what they begin with in common until a part is small enough to be sorted at once, by
 * numbers that hold the next units of each key and its index: the engine sorts numbers many times as fast as strings.
 * What numbers leave undecided is compared in full.
 */

import { compareKeys } from './key.ts'

/** A part of as many keys is sorted in one step. */
const PART_KEYS_MAX = 4_096
/** Keys looked at in a step that only parts them. */
const STEP_KEYS = 16_384
/** With fewer the engine's own sort is as fast. */
const PACKED_MIN = 32
const INDEX_BITS = 16
/** A unit as a byte: 0 is the end of the key, and units from 254 on are left undecided. */
const UNITS = 256
/** Where keys are parted, those of such units go by their high byte first. */
const PARTS = 512
/** Units from here on sort differently by UTF-16 than by UTF-8. */
const WIDE = /[\ud800-\uffff]/

/** Which half of a 64-bit number the machine stores first. */
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1

export function isWide(text: string): boolean {
  return WIDE.test(text)
}

/** Sorts `keys` in place, by bytes when `wide`, else by the engine's own order, which is the same for the others. */
export function sortKeys(keys: string[], wide: boolean): void {
  for (const _step of sortSteps(keys, wide));
}

/** The same, a step at a time: `keys` is in some order until it is done. */
export function sortSteps(keys: string[], wide: boolean): Generator<void, void> {
  return sortFrom(keys, wide, -1)
}

/** `halved`: where their units have the high byte in common; −1: nothing is known. */
function* sortFrom(keys: string[], wide: boolean, halved: number): Generator<void, void> {
  if (yield* areSorted(keys, wide)) return
  if (keys.length <= PART_KEYS_MAX) {
    sortPart(keys, wide)
    return
  }
  const depth = yield* sharedUnits(keys)
  const isHalved = depth === halved
  const parts: string[][] = Array.from({ length: PARTS }, () => [])
  for (let i = 0; i < keys.length; i++) {
    if (i % STEP_KEYS === STEP_KEYS - 1) yield
    const key = keys[i] ?? ''
    parts[isHalved ? orderUnit(key.charCodeAt(depth)) & 0xff : partOf(key, depth)]?.push(key)
  }
  let at = 0
  let rested = 0
  for (const [number, part] of parts.entries()) {
    yield* sortFrom(part, wide, !isHalved && number >= UNITS - 1 ? depth : -1)
    for (const key of part) keys[at++] = key
    part.length = 0
    if (at - rested < PART_KEYS_MAX) continue
    yield
    rested = at
  }
}

function partOf(key: string, at: number): number {
  const byte = unitAt(key, at)
  return byte < UNITS - 1 ? byte : byte + (orderUnit(key.charCodeAt(at)) >>> 8)
}

/** Of a unit above Latin, in the order of `compareKeys`: surrogates sort behind U+E000 to U+FFFF. */
function orderUnit(unit: number): number {
  if (unit < 0xd800) return unit
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}

/** Keys that are in order need no more than a look; others are found out at once, mostly. */
function* areSorted(keys: readonly string[], wide: boolean): Generator<void, boolean> {
  let former = keys[0] ?? ''
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] ?? ''
    if (wide ? compareKeys(former, key) > 0 : former > key) return false
    former = key
    if (i % STEP_KEYS === 0) yield
  }
  return true
}

/** How many units all keys have in common. */
function* sharedUnits(keys: readonly string[]): Generator<void, number> {
  const first = keys[0] ?? ''
  let shared = first.length
  for (let i = 0; i < keys.length; i++) {
    if (i % STEP_KEYS === STEP_KEYS - 1) yield
    shared = sharedWith(first, keys[i] ?? '', shared)
  }
  return shared
}

function sharedWith(first: string, key: string, most: number): number {
  const end = Math.min(most, key.length)
  let at = 0
  while (at < end && first.charCodeAt(at) === key.charCodeAt(at)) at++
  return at
}

function unitAt(key: string, at: number): number {
  return at < key.length ? Math.min(key.charCodeAt(at) + 1, UNITS - 1) : 0
}

/** At most `PART_KEYS_MAX`. */
function sortPart(keys: string[], wide: boolean): void {
  const { length } = keys
  if (length < PACKED_MIN) {
    keys.sort(wide ? compareKeys : undefined)
    return
  }
  const first = keys[0] ?? ''
  let depth = first.length
  for (const key of keys) depth = sharedWith(first, key, depth)
  const numbers = new BigUint64Array(length)
  const halves = new Uint32Array(numbers.buffer)
  for (let i = 0; i < length; i++) pack(keys[i] ?? '', depth, halves, i)
  numbers.sort()
  const sorted: string[] = []
  for (let i = 0; i < length; i++) sorted.push(keys[(halves[2 * i + LOW] ?? 0) & 0xffff] ?? '')
  for (let from = 0; from < length; ) {
    const to = endOfTies(halves, from, length)
    if (to - from === 1) keys[from] = sorted[from] ?? ''
    else putTies(sorted.slice(from, to), from, keys, wide)
    from = to
  }
}

/** Six units of the key from `depth` on, and the index. */
function pack(key: string, depth: number, halves: Uint32Array, index: number): void {
  let word = 0
  let high = 0
  let byte = 1
  for (let at = 0; at < 6; at++) {
    // Behind one that is undecided nothing may decide.
    byte = byte === 0 || byte === UNITS - 1 ? 0 : unitAt(key, depth + at)
    if (at === 4) {
      high = word
      word = 0
    }
    word = (word << 8) | byte
  }
  halves[2 * index + 1 - LOW] = high
  halves[2 * index + LOW] = (word << INDEX_BITS) | index
}

/** Where the numbers end that are the same but for the index. */
function endOfTies(halves: Uint32Array, from: number, length: number): number {
  const high = halves[2 * from + 1 - LOW]
  const low = (halves[2 * from + LOW] ?? 0) >>> INDEX_BITS
  let to = from + 1
  while (to < length && halves[2 * to + 1 - LOW] === high && (halves[2 * to + LOW] ?? 0) >>> INDEX_BITS === low) to++
  return to
}

function putTies(ties: string[], from: number, keys: string[], wide: boolean): void {
  // Where not even some were told apart, neither would the next units of any.
  if (ties.length === keys.length) ties.sort(wide ? compareKeys : undefined)
  else sortPart(ties, wide)
  for (const [i, key] of ties.entries()) keys[from + i] = key
}
