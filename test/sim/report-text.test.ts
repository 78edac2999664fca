/** The plain text of a run: one line an event, in order, and the violation in words at the end. */

import { describe, expect, it } from 'vitest'
import { textTrace } from '../../sim/report/text-trace.ts'
import { drawRecording } from './report-recording.ts'

const recording = drawRecording()

describe('the text trace', () => {
  it('has a line for each event and one for the violation', () => {
    const lines = textTrace(recording).split('\n')
    const events = lines.filter((line) => /^ *\d+\.\d{3} {2}/.test(line))
    expect(events).toHaveLength(recording.events.length + 1)
    const times = events.map((line) => Number.parseFloat(line))
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  it('tells the story of one key, with the faults around it', () => {
    const text = textTrace(recording, { key: 'session/42' })
    expect(text).toContain(' 9.120  n2        writes session/42 = "alice-1" (version 9120/n2)\n')
    expect(text).toContain('14.020  n2 -> n3  push session/42 deleted (14020/n2), 118 bytes, lost\n')
    expect(text).toContain('fault: partition n1,n2 | n3,n4,n5, until 24.000\n')
    expect(text).toContain('41.237  n3        *** I6 is broken ***\n')
    expect(text).not.toContain('flags/1')
  })

  it('keeps to one node when asked', () => {
    const lines = textTrace(recording, { node: 'c2' }).split('\n')
    const where = lines.map((line) => /^ *\d+\.\d{3} {2}(\S+(?: (?:->|at) \S+)?)/.exec(line)?.[1]).filter(Boolean)
    expect(where.length).toBeGreaterThan(50)
    expect(where.every((place) => /\bc2\b|^(fault:|note:|n3$)/.test(String(place)))).toBe(true)
  })

  it('ends with the violation, or with the word that all held', () => {
    expect(textTrace(recording).trimEnd().split('\n').slice(-3)).toEqual([
      'I6 is broken at 41.237 s at n3, about the key session/42.',
      '  rule:    What was seen deleted does not come back.',
      expect.stringContaining('  finding: n3 shows session/42 = "alice-1"'),
    ])
    expect(textTrace(drawRecording({ isBroken: false }))).toMatch(/All invariants held until 63\.000 s\.\n$/)
  })

  it('lets no value move the cursor, clear the screen or start a line', () => {
    const value = 'a\u001b[2J\nb\r\u009b1m'
    const events = [{ kind: 'write', atMs: 1, node: 'n1', key: 'k\n', version: '1/n1', value }] as const
    const text = textTrace({ ...recording, events, violation: undefined })
    expect(text).toContain('writes k\\u000a = "a\\u001b[2J\\u000ab\\u000d\\u009b1m"')
  })
})
