/** What travels inside a report: it must read back as it was recorded, stay small, and never be taken for markup. */

import { inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordedEvent, Recording } from '../../sim/recording.ts'
import { packedText, packRecording } from '../../sim/report/pack.ts'
import { Columns, type PackedRecording } from '../../sim/report/page/columns.ts'
import { TimeScale } from '../../sim/report/page/time-scale.ts'
import { escaped, renderReport } from '../../sim/report/page.ts'
import { pageScript } from '../../sim/report/page-script.ts'
import { drawRecording } from './report-recording.ts'

const EVIL = '</script><img src=x onerror="alert(1)"><!-- \u2028 & \u202e'

function unpacked(recording: Recording): Columns {
  const json = inflateRawSync(Buffer.from(packedText(packRecording(recording)), 'base64')).toString()
  return new Columns(JSON.parse(json) as PackedRecording)
}

function evilRecording(): Recording {
  const base = drawRecording({ seconds: 2, isBroken: false })
  const atMs = 500
  const events: RecordedEvent[] = [
    { kind: 'write', atMs, node: 'n1', key: EVIL, version: EVIL, value: EVIL },
    { kind: 'note', atMs, node: undefined, text: EVIL },
    { kind: 'fault', atMs, untilMs: 600, family: EVIL, words: EVIL, nodes: [EVIL] },
  ]
  const violation = { id: EVIL, rule: EVIL, finding: EVIL, atMs, key: EVIL, node: EVIL }
  return { ...base, replay: EVIL, clients: [EVIL], violation, events }
}

describe('a packed recording', () => {
  it('reads back event by event', () => {
    const recording = drawRecording()
    const columns = unpacked(recording)
    expect(columns.size).toBe(recording.events.length)
    recording.events.forEach((event, i) => {
      expect(columns.eventAt(i)).toEqual(event)
    })
  })

  it('keeps texts of any kind, and what is missing apart from what is empty', () => {
    const text = fc.string({ unit: 'binary' })
    const node = fc.option(text, { nil: undefined })
    const event = fc.oneof(
      fc.record({ kind: fc.constant('note' as const), atMs: fc.constant(1), node, text }),
      fc.record({
        kind: fc.constant('write' as const),
        atMs: fc.constant(1),
        node: text,
        key: text,
        version: text,
        value: node,
      }),
      fc.record({
        kind: fc.constant('frame' as const),
        atMs: fc.constant(1),
        from: text,
        to: text,
        arrivedMs: fc.constantFrom(undefined, 1, 2.125),
        fate: fc.constantFrom('usual' as const, 'lost' as const, 'held' as const),
        what: text,
        words: text,
        keys: fc.array(text),
        bytes: fc.nat(),
      }),
    )
    const base = drawRecording({ seconds: 1, isBroken: false })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const columns = unpacked({ ...base, events })
        expect(events.map((_, i) => columns.eventAt(i))).toEqual(events)
      }),
      { numRuns: 60 },
    )
  })

  it('finds what reaches into a window, however long ago it was sent', () => {
    const recording = drawRecording()
    const columns = unpacked(recording)
    for (const [fromMs, toMs] of [
      [0, 100],
      [30_000, 30_050],
      [62_000, 63_000],
    ] as const) {
      const found = new Set<number>()
      columns.within(fromMs, toMs, (i) => found.add(i))
      recording.events.forEach((event, i) => {
        const end =
          'arrivedMs' in event ? (event.arrivedMs ?? event.atMs) : 'untilMs' in event ? event.untilMs : event.atMs
        if (event.atMs < toMs && end >= fromMs) expect(found.has(i)).toBe(true)
      })
    }
  })

  it('marks exactly what mentions a key', () => {
    const recording = drawRecording()
    const marks = unpacked(recording).mentioning('session/42')
    const mentions = recording.events.map((event) =>
      'key' in event ? event.key === 'session/42' : 'keys' in event && event.keys.includes('session/42'),
    )
    expect([...marks].map(Boolean)).toEqual(mentions)
  })

  it('is small: a page with 15,000 events is below 500 kB', () => {
    expect(renderReport(drawRecording()).length).toBeLessThan(500_000)
  })
})

describe('a report', () => {
  it('lets nothing of a run become markup', () => {
    const html = renderReport(evilRecording())
    expect(html).not.toContain('<img')
    expect(html).not.toContain('\u202e')
    expect(html.match(/<script/g)).toHaveLength(2)
    expect(html.match(/<\/script/g)).toHaveLength(2)
    expect(escaped(EVIL)).toBe(
      '&#60;/script&#62;&#60;img src=x onerror=&#34;alert(1)&#34;&#62;&#60;!-- \\u2028 &#38; \\u202e',
    )
  })

  it('asks for nothing from outside', () => {
    const html = renderReport(drawRecording({ seconds: 2 }))
    expect(html.replaceAll(/"packed">[^<]*/g, '')).not.toMatch(/https?:|url\(|@import|import\(/)
    expect(html).toContain("default-src 'none'")
  })

  it('joins its modules to one script without names that clash', () => {
    const script = pageScript()
    expect(script).not.toMatch(/^(import|export)\b/m)
    expect(() => new Function(`'use strict';${script}`)).not.toThrow()
  })

  it('says which invariant broke, when, and how to see it again', () => {
    const html = renderReport(drawRecording())
    expect(html).toContain('I6 broken at 41.237 s at n3')
    expect(html).toContain('npm run sim -- --seed 1184')
    expect(renderReport(drawRecording({ isBroken: false }))).toContain('All invariants held until 63.000 s')
  })
})

describe('a scale of time', () => {
  it('keeps the instant under the pointer where it is, and never leaves the run', () => {
    const factor = fc.double({ min: 0.01, max: 20, noNaN: true })
    const moves = fc.array(fc.tuple(factor, fc.integer({ min: 0, max: 1000 }), fc.integer({ min: -2000, max: 2000 })))
    fc.assert(
      fc.property(moves, (list) => {
        const scale = new TimeScale(60_000)
        scale.width = 1000
        for (const [times, x, px] of list) {
          const ms = scale.ms(x)
          const before = scale.spanMs
          scale.zoom(times, x)
          if (scale.fromMs > -700 && scale.toMs < 60_700 && before !== scale.spanMs)
            expect(scale.x(ms)).toBeCloseTo(x, 3)
          scale.pan(px)
          expect(scale.fromMs).toBeGreaterThanOrEqual(-720.001)
          expect(scale.toMs).toBeLessThanOrEqual(60_720.001)
          expect(scale.spanMs).toBeGreaterThanOrEqual(1.999)
        }
      }),
    )
  })
})
