/**
 * What is typed at the prompt of the cluster becomes one command or one sentence that helps, and no value shown there
 * breaks its line.
 */

import { describe, expect, it } from 'vitest'
import { parseCommand } from '../../scripts/cluster/command.ts'
import { fitText, textWidth } from '../../scripts/cluster/text-width.ts'
import { readValue, spellValue } from '../../scripts/cluster/values.ts'

const NODES = ['n1', 'n2', 'n3']
const parse = (line: string) => parseCommand(line, NODES)

describe('a typed command', () => {
  it('names a node or leaves it open', () => {
    expect(parse('put a 1')).toEqual({ kind: 'put', key: 'a', value: '1', node: undefined })
    expect(parse(' PUT  a 1 n2 ')).toEqual({ kind: 'put', key: 'a', value: '1', node: 'n2' })
    expect(parse('get a')).toEqual({ kind: 'get', key: 'a', node: undefined })
    expect(parse('delete a n3')).toEqual({ kind: 'del', key: 'a', node: 'n3' })
    expect(parse('')).toEqual({ kind: 'nothing' })
    expect(parse('exit')).toEqual({ kind: 'quit' })
  })

  it('holds spaces in quotes', () => {
    expect(parse(`put "a b" 'say "hi"' n1`)).toEqual({ kind: 'put', key: 'a b', value: 'say "hi"', node: 'n1' })
    expect(parse(String.raw`put a \"x\ y`)).toEqual({ kind: 'put', key: 'a', value: '"x y', node: undefined })
    expect(parse('put a ""')).toEqual({ kind: 'put', key: 'a', value: '', node: undefined })
    expect(parse('put a "x')).toMatchObject({ kind: 'wrong' })
  })

  it('cuts the network into the sides named, and one of all others', () => {
    expect(parse('partition n1,n2 | n3')).toEqual({ kind: 'partition', sides: [['n1', 'n2'], ['n3']] })
    expect(parse('partition n1|n2 |n3')).toEqual({ kind: 'partition', sides: [['n1'], ['n2'], ['n3']] })
    expect(parse('partition n3')).toEqual({ kind: 'partition', sides: [['n3'], ['n1', 'n2']] })
  })

  it.each([
    ['put', 'it goes: put KEY VALUE [NODE]'],
    ['put a hello world', 'no node is called "world"; there are n1, n2, n3; a value with spaces needs quotes'],
    ['put a very long value', 'needs quotes: put a "very long …"'],
    ['get', 'it goes: get KEY [NODE]'],
    ['kill n9', 'no node is called "n9"; there are n1, n2, n3'],
    ['partition', 'it goes: partition n1,n2 | n3'],
    ['partition n1,n2,n3', 'it goes: partition n1,n2 | n3'],
    ['partition n1 | n1', 'n1 can be on one side only'],
    ['partition n1 | n4', 'no node is called "n4"'],
    ['heal all', 'heal stands alone'],
    ['toString', 'there is no verb "toString"'],
  ])('is answered with help when it is wrong: %s', (line, why) => {
    expect(parse(line)).toEqual({ kind: 'wrong', why: expect.stringContaining(why) })
  })
})

describe('a value at the prompt', () => {
  it.each([
    ['hello', '"hello"'],
    ['{"a":1}', '{"a":1}'],
    ['12345678901234567890', '12345678901234567890'],
    ['', '""'],
  ])('%s is stored as JSON and shown as it is stored', (typed, shown) => {
    expect(spellValue(readValue(typed))).toBe(shown)
  })

  it('cannot break a line, and is cut when it is long', () => {
    expect(spellValue(Buffer.from('a\u001b[2Jb'))).toBe('"a\\u001b[2Jb"')
    expect(spellValue(Buffer.from([0xff, 0]))).toBe('2 bytes that are no text')
    expect(spellValue(Buffer.from('x'.repeat(5_000)))).toMatch(/^x{200}… \(5000 bytes\)$/)
    expect(spellValue(undefined)).toBe('(nothing)')
  })
})

describe('a line of the status', () => {
  it('is cut to the columns it may take, wide letters and all', () => {
    expect(textWidth('日本e\u0301')).toBe(5)
    expect(fitText('abcdef', 6)).toBe('abcdef')
    expect(fitText('abcdef', 5)).toBe('abcd…')
    expect(fitText('日本語', 4)).toBe('日…')
  })
})
