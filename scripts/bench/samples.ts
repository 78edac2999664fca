/**
 * What benchmarks write: keys of 20 bytes in no order, values of 64. A key is a flat string: one that was joined from
 * parts stays a tree of its parts in the engine, which costs memory and time that a store cannot help.
 */

export const KEY_BYTES = 20
export const VALUE_BYTES = 64

const HEX = Buffer.from('0123456789abcdef', 'latin1')
const scratch: Buffer = Buffer.from('key:0000000000000000', 'latin1')

/** The same number gives the same key, always; neighbours are far apart in key order. `set` keeps rounds apart. */
export function keyOf(number: number, set = 0): string {
  // An odd factor makes this one-to-one on 32 bits.
  putHex(Math.imul(number + 1, 0x9e3779b1) >>> 0, 4)
  putHex(set, 12)
  return scratch.toString('latin1', 0, KEY_BYTES)
}

export function keysOf(count: number, set = 0): string[] {
  return Array.from({ length: count }, (_, number) => keyOf(number, set))
}

export function bytesOf(number: number): Uint8Array {
  const value = new Uint8Array(VALUE_BYTES)
  for (let at = 0; at < VALUE_BYTES; at++) value[at] = number >>> (at & 31)
  return value
}

/** An object whose JSON is as long as a value of bytes. */
export function objectOf(number: number): object {
  const value = { id: number, name: '', on: number % 2 === 0 }
  return { ...value, name: 'x'.repeat(Math.max(0, VALUE_BYTES - JSON.stringify(value).length)) }
}

/** All keys in random order, the same in each run. */
export function shuffled(keys: readonly string[]): string[] {
  const order = [...keys]
  let state = 1
  for (let last = order.length - 1; last > 0; last--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const drawn = Math.floor((state / 2 ** 32) * (last + 1))
    const key = order[drawn] ?? ''
    order[drawn] = order[last] ?? ''
    order[last] = key
  }
  return order
}

function putHex(number: number, at: number): void {
  for (let digit = 0; digit < 8; digit++) scratch[at + digit] = HEX[(number >>> (28 - 4 * digit)) & 15] ?? 0
}
