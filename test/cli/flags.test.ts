/**
 * One table of flags gives the spelling, the variable, the default and the check: the command line goes before the
 * environment.
 */

import { describe, expect, it } from 'vitest'
import { envName, type Flags, flagName, resolveFlags } from '../../src/cli/flags.ts'

const FLAGS: Flags = {
  dataDir: { type: 'string', default: 'here', describe: '' },
  limit: { type: 'number', default: 7, least: 1, most: 1000, describe: '' },
  json: { type: 'boolean', default: false, describe: '' },
  url: { type: 'list', default: ['x'], describe: '' },
  codec: { type: 'string', choices: ['json', 'bytes'], describe: '' },
}

describe('flags', () => {
  it('are spelled in kebab-case and as variables', () => {
    expect([flagName('fsyncIntervalMs'), envName('fsyncIntervalMs')]).toEqual([
      'fsync-interval-ms',
      'HEARSAY_FSYNC_INTERVAL_MS',
    ])
  })

  it('come from the command line, else from the environment, else from the table', () => {
    const env = {
      HEARSAY_DATA_DIR: 'env',
      HEARSAY_LIMIT: '8',
      HEARSAY_JSON: '1',
      HEARSAY_URL: 'a, b,',
      HEARSAY_NO: 'x',
    }
    expect(resolveFlags(FLAGS, { 'data-dir': 'typed' }, env)).toEqual({
      dataDir: 'typed',
      limit: 8,
      json: true,
      url: ['a', 'b'],
      codec: undefined,
    })
    expect(resolveFlags(FLAGS, {}, { HEARSAY_LIMIT: '' })).toMatchObject({ dataDir: 'here', limit: 7, url: ['x'] })
  })

  it('count the last when repeated, and all of a list', () => {
    const given = { limit: ['1', '2'], url: ['a', 'b,c'], json: [true, false] }
    expect(resolveFlags(FLAGS, given, {})).toMatchObject({ limit: 2, url: ['a', 'b', 'c'], json: false })
  })

  it.each([
    [{ limit: 'x' }, '--limit must be a whole number, from 1 to 1000, not "x"'],
    [{ limit: '' }, '--limit must be'],
    [{ limit: '0' }, '--limit must be'],
    [{ limit: '1.5' }, '--limit must be'],
    [{ limit: false }, '--limit needs a value'],
    [{ codec: 'xml' }, '--codec must be one of json, bytes'],
    [{ url: [false] }, '--url needs a value'],
  ])('refuse %j', (given, message) => {
    expect(() => resolveFlags(FLAGS, given, {})).toThrow(message)
  })

  it('name the variable that is wrong', () => {
    expect(() => resolveFlags(FLAGS, {}, { HEARSAY_JSON: 'maybe' })).toThrow('HEARSAY_JSON must be true or false')
  })
})
