/** What is logged is one line for a person or as JSON, with a stack below only for an error; it cannot steer a terminal. */

import { describe, expect, it } from 'vitest'
import type { Logger } from '../../src/core/ports.ts'
import { createLogger, type LoggerOptions } from '../../src/platform/logger.ts'

function logged(options: Partial<LoggerOptions>, write: (logger: Logger) => void): string {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  write(createLogger({ level: 'debug', format: 'text', name: 'n2', destination, ...options }))
  return lines.join('')
}

/** With the time of writing made constant. */
const timeless = (lines: string): string => lines.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z/g, 'NOW')

describe('logger', () => {
  it('writes a line that a person can read', () => {
    const lines = logged({}, (logger) => {
      logger.warn({ peer: 'n1', silentMs: 5012 }, 'The link to n1 was silent for 5 s and was closed')
      logger.info({}, 'Ready')
    })
    expect(timeless(lines)).toBe(
      'NOW WARN   n2  The link to n1 was silent for 5 s and was closed  peer=n1 silentMs=5012\nNOW INFO   n2  Ready\n',
    )
  })

  it('writes JSON with names for levels', () => {
    const line = logged({ format: 'json' }, (logger) => logger.error({ peer: 'n1' }, 'Lost'))
    expect(JSON.parse(line)).toEqual({
      level: 'error',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      node: 'n2',
      peer: 'n1',
      msg: 'Lost',
    })
  })

  it('quotes what has spaces, and spells out what could break a line or colour a terminal', () => {
    const lines = logged({}, (logger) =>
      logger.info({ reason: 'two words', evil: 'a\u001b[31m\u202e\nb', list: [1, 'x'] }, 'Said: \u001b[2J\n.'),
    )
    expect(timeless(lines)).toBe(
      'NOW INFO   n2  Said: \\u001b[2J\\u000a.  reason="two words" evil="a\\u001b[31m\\u202e\\nb" list=[1,"x"]\n',
    )
  })

  it('shows errors by their message, and the stack of those that are logged as errors', () => {
    const failure = Object.assign(new Error('disk on fire'), { code: 'EIO' })
    expect(timeless(logged({}, (logger) => logger.warn({ error: failure }, 'Hm')))).toBe(
      'NOW WARN   n2  Hm  error="disk on fire"\n',
    )
    expect(logged({}, (logger) => logger.error({ cause: failure }, 'Oh'))).toMatch(
      /cause="disk on fire"\n {4}Error: disk on fire\n {4}at /,
    )
    const line = logged({ format: 'json' }, (logger) => logger.error({ error: failure }, 'Oh'))
    expect(JSON.parse(line)).toMatchObject({
      error: { message: 'disk on fire', code: 'EIO', stack: expect.any(String) },
    })
  })

  it('keeps quiet below its level', () => {
    const write = (logger: Logger): void => {
      logger.debug({}, 'a')
      logger.info({}, 'b')
      logger.warn({}, 'c')
      logger.error({}, 'd')
    }
    expect(logged({ level: 'warn' }, write).match(/\n/g)).toHaveLength(2)
    expect(logged({ level: 'silent' }, write)).toBe('')
  })
})
