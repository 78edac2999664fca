/**
 * Plain JSON values as a TypeScript literal, laid out to be read: keys without quotes, single quotes around text, and what
 * fits on a line on one line. Whatever the keys and texts hold, evaluating the literal gives the same value.
 */

const LINE_WIDTH = 120
const INDENT = '  '
/** From here on numbers of ms get separators: 12_000. */
const SEPARATED_FROM = 10_000

/** @param indent how deep the line that it starts on is, in steps of two spaces; that line itself is not indented */
export function literal(value: unknown, indent = 0): string {
  return written(value, '', indent, 1)
}

/** `key: value`, of an object whose fields are `indent` deep. */
export function fieldLiteral(key: string, value: unknown, indent: number): string {
  const start = `${keyLiteral(key)}: `
  return `${start}${written(value, key, indent, start.length + 1)}`
}

/** A string literal in single quotes, or in double ones if that needs fewer escapes. */
export function textLiteral(text: string): string {
  // JSON escapes quotes, control characters and lone surrogates. The others here cannot be seen, or turn text around.
  const json = JSON.stringify(text).replace(
    /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  if (text.split("'").length > text.split('"').length) return json
  return `'${json.slice(1, -1).replace(/\\.|'/g, (found) => (found === '\\"' ? '"' : found === "'" ? "\\'" : found))}'`
}

/** `name` is that of the field that holds it; `used` are the columns of its line that others take, a comma included. */
function written(value: unknown, name: string, indent: number, used: number): string {
  const flat = onOneLine(value, name)
  if (flat.length + used + indent * INDENT.length <= LINE_WIDTH) return flat
  const deeper = INDENT.repeat(indent + 1)
  const lines = (items: readonly string[]): string => items.map((item) => `${deeper}${item},\n`).join('')
  if (Array.isArray(value) && value.length > 0)
    return `[\n${lines(value.map((item) => written(item, name, indent + 1, 1)))}${INDENT.repeat(indent)}]`
  if (!isFields(value)) return flat
  const items = fieldsOf(value).map(([key, field]) => fieldLiteral(key, field, indent + 1))
  return items.length === 0 ? flat : `{\n${lines(items)}${INDENT.repeat(indent)}}`
}

function onOneLine(value: unknown, name: string): string {
  if (typeof value === 'string') return textLiteral(value)
  if (typeof value === 'number') return numberLiteral(value, name)
  if (Array.isArray(value)) return `[${value.map((item) => onOneLine(item, name)).join(', ')}]`
  if (!isFields(value)) return String(value)
  const fields = fieldsOf(value).map(([key, field]) => `${keyLiteral(key)}: ${onOneLine(field, key)}`)
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}

/** A field that is undefined is one that is missing. */
function fieldsOf(value: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  return Object.entries(value).filter(([, field]) => field !== undefined)
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function keyLiteral(key: string): string {
  // Without the brackets it would set the prototype.
  if (key === '__proto__') return "['__proto__']"
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : textLiteral(key)
}

function numberLiteral(value: number, name: string): string {
  const isLong = name.endsWith('Ms') && Number.isSafeInteger(value) && Math.abs(value) >= SEPARATED_FROM
  if (isLong) return String(value).replace(/\B(?=(\d{3})+$)/g, '_')
  return Object.is(value, -0) ? '-0' : String(value)
}
