/** Lines of an export bring back the stored bytes whatever the codec, and what reaches a terminal cannot harm it. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRecord } from '../../src/cli/import-record.ts'
import { readLines } from '../../src/cli/line-reader.ts'
import { type CodecName, expiryMember, jsonMember, toPrint, toStored } from '../../src/cli/value-form.ts'

const anyKey = fc.string({ unit: 'grapheme', minLength: 1 })
const anyExpiry = fc.option(fc.maxSafeNat(), { nil: undefined })
const utf8 = (text: string): Buffer => Buffer.from(text)
const anyCodec = fc.constantFrom<CodecName>('json', 'string', 'bytes')
const storedBytes = fc.oneof(
  fc.uint8Array(),
  fc.json().map(utf8),
  fc.string({ unit: 'grapheme' }).map(utf8),
  fc.constantFrom('12345678901234567890', '{ "a":1, "a":2 }', '1e400', '"\u2028"', '\ufeff1', '1.0').map(utf8),
)

describe('records', () => {
  it('bring back byte for byte what an export wrote', () => {
    fc.assert(
      fc.property(anyKey, storedBytes, anyCodec, anyExpiry, (key, value, codec, expiresAt) => {
        const line = `{"key":${JSON.stringify(key)}${expiryMember(expiresAt)},${jsonMember(codec, value)}}`
        expect(line).not.toMatch(/[\r\n]/)
        const record = parseRecord(line, { codec, prefix: 'p/', keyField: undefined })
        expect([record.key, record.expiresAt]).toEqual([`p/${key}`, expiresAt])
        expect(Buffer.from(record.value)).toEqual(Buffer.from(value))
      }),
    )
  })

  it('put the newlines of JSON in one line', () => {
    expect(jsonMember('json', utf8('{\n"a":\r\n1}'))).toBe('"value":{ "a": 1}')
  })

  it('take the key of any object, and store it whole', () => {
    const form = { codec: 'json', prefix: 'u/', keyField: 'id' } as const
    const record = parseRecord(' {"id":7,"big":12345678901234567890} ', form)
    expect([record.key, utf8('').toString() + Buffer.from(record.value)]).toEqual([
      'u/7',
      '{"id":7,"big":12345678901234567890}',
    ])
    expect(() => parseRecord('{"id":null}', form)).toThrow('the field "id" must be a string or a number')
  })

  it.each([
    ['nope', 'not JSON'],
    ['[]', 'not a JSON object'],
    ['{"value":1}', 'the field "key" must be'],
    ['{"key":"","value":1}', 'a key cannot be empty'],
    ['{"key":"a"}', 'needs "value" or "base64"'],
    ['{"key":"a","value":1,"base64":"AA=="}', 'both'],
    ['{"key":"a","base64":"A"}', 'must be a base64 string'],
    ['{"key":"a","value":1,"expiresAt":"1"}', 'must be a time'],
    ['{"key":"a","value":1,"expiresAt":-1}', 'must be a time'],
    ['{"key":"a","base64":"AA=*"}', 'must be a base64 string'],
  ])('refuse %s', (line, message) => {
    expect(() => parseRecord(line, { codec: 'json', prefix: '', keyField: undefined })).toThrow(message)
  })

  it('take fields in any order', () => {
    const form = { codec: 'json', prefix: '', keyField: undefined } as const
    const text = (line: string): string => Buffer.from(parseRecord(line, form).value).toString()
    expect(text('{"value":[1, 2],"key":"a"}')).toBe('[1,2]')
    expect(text('{"key":"a","value":1,"more":2}')).toBe('1')
    expect(text('{"key":"a","value":{"b":"}"}}\r')).toBe('{"b":"}"}')
  })
})

describe('lines', () => {
  it('are the same however the bytes arrive', async () => {
    const anyText = fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll('\n', '')))
    await fc.assert(
      fc.asyncProperty(anyText, fc.array(fc.nat({ max: 9 })), fc.boolean(), async (lines, cuts, ends) => {
        const whole = utf8(`${lines.join('\n')}${ends && lines.length > 0 ? '\n' : ''}`)
        const found = await collect(chunks(whole, cuts))
        const expected = whole.toString().split('\n')
        if (expected.at(-1) === '') expected.pop()
        expect(found.map(({ text }) => text)).toEqual(
          expected.map((text, i) => (i === 0 ? text.replace(/^\ufeff/, '') : text)),
        )
        expect(found.map(({ number }) => number)).toEqual(expected.map((_, i) => i + 1))
      }),
    )
  })

  it('are told by number when they are no text', async () => {
    await expect(collect([utf8('a\n'), Buffer.from([0xff, 10])])).rejects.toThrow('line 2: not UTF-8')
  })
})

describe('values', () => {
  it('are JSON when they look so, and text otherwise', () => {
    const stored = (typed: string): string => Buffer.from(toStored('json', utf8(typed))).toString()
    expect(['hello', '"q"', ' [1] ', '007', 'line\n', ''].map(stored)).toEqual([
      '"hello"',
      '"q"',
      '[1]',
      '"007"',
      '"line"',
      '""',
    ])
    expect(Buffer.from(toStored('string', utf8('7\n'))).toString()).toBe('7\n')
    expect(() => toStored('json', Buffer.from([0xff]))).toThrow('not UTF-8')
  })

  it('are indented on a terminal when that loses nothing, and never reach it raw', () => {
    const print = (text: string, codec: CodecName = 'json'): unknown => toPrint(codec, utf8(text), true)
    expect(print('{"a":1}')).toBe('{\n  "a": 1\n}\n')
    expect(print('[12345678901234567890]')).toBe('[12345678901234567890]\n')
    expect(print('a\u001b[2J\nb', 'string')).toBe('a\\u001b[2J\nb\n')
    expect(toPrint('bytes', Buffer.from([0xff, 0]), true)).toBe('<2 bytes; send them to a file or a pipe>\n')
    expect(toPrint('bytes', Buffer.from([0xff, 0]), false)).toEqual(Buffer.from([0xff, 0]))
  })
})

async function collect(chunks: Iterable<Uint8Array>): Promise<{ number: number; text: string }[]> {
  const found = []
  for await (const line of readLines(stream(chunks))) found.push(line)
  return found
}

async function* stream(chunks: Iterable<Uint8Array>): AsyncIterableIterator<Uint8Array> {
  yield* chunks
}

function* chunks(bytes: Uint8Array, cuts: readonly number[]): IterableIterator<Uint8Array> {
  let at = 0
  for (const length of cuts) {
    if (at >= bytes.length) return
    yield bytes.subarray(at, at + length)
    at += length
  }
  yield bytes.subarray(at)
}
