/**
 * Spans of time as people type them: `500ms`, `30s`, `10m`, `2h`, `7d`. The unit must be said: who types a bare number
 * may mean seconds as well as milliseconds, and a value that expires a thousand times too early is gone.
 */

import { HearsayError } from '../core/errors.ts'

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Whole milliseconds, from 1 to `mostMs`. Throws `ERR_USAGE` that names `label`. */
export function toMs(label: string, text: string, mostMs: number): number {
  const [, digits = '', unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim()) ?? []
  if (digits !== '' && unit === undefined) {
    const why = `needs a unit (ms, s, m, h or d): not ${JSON.stringify(text)}, but ${digits}s or ${digits}ms, say`
    throw new HearsayError('ERR_USAGE', `${label} ${why}`)
  }
  const ms = Math.round(Number(digits) * (UNIT_MS[unit ?? ''] ?? Number.NaN))
  if (ms >= 1 && ms <= mostMs) return ms
  const why = `must be a span of time such as 500ms, 30s, 10m, 2h or 7d, not ${JSON.stringify(text)}`
  throw new HearsayError('ERR_USAGE', `${label} ${why}`)
}
