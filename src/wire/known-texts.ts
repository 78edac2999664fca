/**
 * Short texts met before, found by their bytes. Frames repeat the same few names, addresses, hashes and hot keys; looking
 * one up costs a fraction of decoding it, and makes no new string. A table of fixed size: a newcomer takes the place of
 * whatever stood there, so what is remembered is at most 2,048 texts of 48 ASCII characters.
 */

/** Longer texts are not looked up. */
const LENGTH_MAX = 48
/** A power of two. */
const PLACES = 2_048

const utf8 = new TextDecoder()
const places: string[] = new Array<string>(PLACES).fill('')

/** The text that these bytes spell, or `undefined` when they are too many or not all ASCII. */
export function knownText(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start > LENGTH_MAX) return undefined
  let hash = end - start
  let all = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0
    all |= byte
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  if (all >= 0x80) return undefined
  const place = (hash ^ (hash >>> 15)) & (PLACES - 1)
  const known = places[place] ?? ''
  if (isSpelled(known, bytes, start, end)) return known
  const text = utf8.decode(bytes.subarray(start, end))
  places[place] = text
  return text
}

function isSpelled(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}
