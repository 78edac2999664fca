/**
 * Hashes that add up. A `LaneSum` is a set hash in two 32-bit lanes: adding an element adds its lanes, taking it away
 * subtracts them, so the sum of a million entries follows each change in constant time and never depends on order.
 * Not against an adversary: a member may overwrite anything anyway.
 */

/** Two 32-bit hashes of one string, read as UTF-16 units. Multiply–xor rounds with the finalizer of MurmurHash3. */
export function hashString(text: string, out: { a: number; b: number }): void {
  let a = 0x243f6a88 | 0
  let b = 0x85a308d3 | 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x85ebca6b)
    a ^= a >>> 13
    b = Math.imul(b + unit, 0xc2b2ae35)
    b ^= b >>> 15
  }
  out.a = mix32(a ^ text.length)
  out.b = mix32(b + text.length)
}

/** The 32-bit finalizer of MurmurHash3: every input bit changes about half of the output bits. */
export function mix32(x: number): number {
  x ^= x >>> 16
  x = Math.imul(x, 0x85ebca6b)
  x ^= x >>> 13
  x = Math.imul(x, 0xc2b2ae35)
  return x ^ (x >>> 16)
}

/** A hash of (element, number): the number is a safe integer, hashed by its low and high halves. */
export function mixNumber(seed: number, value: number): number {
  const low = value | 0
  const high = Math.floor(value / 4294967296) | 0
  return mix32(mix32(seed ^ low) + Math.imul(high, 0x9e3779b1))
}

export class LaneSum {
  #a = 0
  #b = 0

  add(a: number, b: number): void {
    this.#a = (this.#a + a) | 0
    this.#b = (this.#b + b) | 0
  }

  subtract(a: number, b: number): void {
    this.#a = (this.#a - a) | 0
    this.#b = (this.#b - b) | 0
  }

  get a(): number {
    return this.#a
  }

  get b(): number {
    return this.#b
  }

  clone(): LaneSum {
    const copy = new LaneSum()
    copy.#a = this.#a
    copy.#b = this.#b
    return copy
  }

  /** 16 hex digits. */
  toHex(): string {
    return lanesToHex(this.#a, this.#b)
  }
}

export function lanesToHex(a: number, b: number): string {
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0')
}
