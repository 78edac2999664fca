/** A wrong command line ends with 2 and one sentence that says what is wrong; operands are taken exactly as they are typed. */

import { describe, expect, it } from 'vitest'
import { parseCommandLine } from '../../src/cli/command-line.ts'
import { run } from './command.ts'

describe('a wrong command line', () => {
  it.each([
    [['nope'], 'no such verb: "nope"'],
    [['get'], 'get needs KEY'],
    [['put', 'k'], 'put needs KEY VALUE'],
    [['get', 'a', 'b'], 'get takes KEY; "b" is too much'],
    [['status', 'x'], 'status takes nothing; "x" is too much'],
    [['get', 'a', '--bogus'], 'unknown argument: bogus'],
    [['put', 'k', '-abc'], 'unknown arguments: a, b, c'],
    [['ls', '--limit'], 'not enough arguments following: limit'],
    [['ls', '--limit', '-1'], '--limit must be a whole number'],
    [['get', 'a', '--codec', 'xml'], '--codec must be one of json, string, bytes'],
    [['get', 'a', '--no-url'], '--url needs a value'],
    [['serve', '--fsync', 'maybe'], '--fsync must be one of always, interval, never'],
    [['serve', '--faults=perhaps'], '--faults must be true or false'],
  ])('%j ends with 2 and says why', async (argv, message) => {
    const { code, stdout, stderr } = await run(argv)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^hearsay: ERR_USAGE: .+\n {2}hint: .+\n$/)
    expect(stderr).toContain(message)
  })

  it('is told as JSON with --json', async () => {
    const { code, stderr } = await run(['get', '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'ERR_USAGE', message: 'get needs KEY', retryable: false },
    })
    expect((await run(['get'], { env: { HEARSAY_JSON: 'true' } })).stderr).toMatch(/^\{"error"/)
  })

  it('never comes from variables of others', async () => {
    const { code, stderr } = await run(['get', 'k', '--url', 'nonsense://x'], { env: { HEARSAY_WHATEVER: '1' } })
    expect(code).toBe(2)
    expect(stderr).toContain('ERR_INVALID_ARGUMENT: nonsense://x is not an address')
  })
})

describe('operands', () => {
  const operandsOf = async (...argv: string[]): Promise<readonly string[]> => {
    const line = await parseCommandLine(argv)
    return line.kind === 'run' ? line.operands : []
  }

  it('are taken as they are typed', async () => {
    expect(await operandsOf('put', '007', '1e3')).toEqual(['007', '1e3'])
    expect(await operandsOf('put', 'k', '-5')).toEqual(['k', '-5'])
    expect(await operandsOf('put', 'k', '')).toEqual(['k', ''])
    expect(await operandsOf('put', 'k', '"q"')).toEqual(['k', '"q"'])
    expect(await operandsOf('put', 'k', '-')).toEqual(['k', '-'])
    expect(await operandsOf('put', '--', '--k', '-v')).toEqual(['--k', '-v'])
    expect(await operandsOf('get', 'help')).toEqual(['help'])
    expect(await operandsOf('put', 'get', 'put')).toEqual(['get', 'put'])
  })

  it('may stand behind or before flags, and flags before the verb', async () => {
    expect(await operandsOf('--json', 'put', 'k', '--url', 'x', 'v')).toEqual(['k', 'v'])
    expect(await operandsOf('--url', 'get', 'get', 'k')).toEqual(['k'])
    // A switch of `serve`, and a list of `sim`.
    expect(await parseCommandLine(['--faults', 'serve'])).toMatchObject({
      verb: { name: 'serve' },
      given: { faults: true },
    })
    expect(await parseCommandLine(['sim', 'run', '--faults=loss'])).toMatchObject({ given: { faults: 'loss' } })
  })
})
