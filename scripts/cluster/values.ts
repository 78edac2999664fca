/**
 * How values look at the prompt, the same as for the command `hearsay`: JSON is stored as it was typed, other text as a
 * JSON string, and shown as it is stored, cut when it is long. Nothing that somebody stored can move the cursor.
 */

const SHOWN_CHARS = 200

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function readValue(typed: string): Uint8Array {
  return encoder.encode(isJson(typed) ? typed : JSON.stringify(typed))
}

export function spellValue(value: Uint8Array | undefined): string {
  if (value === undefined) return '(nothing)'
  const text = textOf(value)
  if (text === undefined) return `${value.length} bytes that are no text`
  const plain = /[\p{Cc}\p{Cf}\u2028\u2029]/u.test(text) || text === '' ? JSON.stringify(text) : text
  return plain.length <= SHOWN_CHARS ? plain : `${plain.slice(0, SHOWN_CHARS)}… (${value.length} bytes)`
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function textOf(value: Uint8Array): string | undefined {
  try {
    return decoder.decode(value)
  } catch {
    return undefined
  }
}
