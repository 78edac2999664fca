/**
 * How the cluster stands, in lines: one for each node, and one for all of them. Pure: what it shows comes in, lines go
 * out, and whoever shows them cuts them to the terminal and paints the tones.
 */

import type { StatusReport } from '../../src/client/index.ts'
import { areEqual, type NodeView } from './local-cluster.ts'

export type Tone = 'plain' | 'dim' | 'good' | 'doubtful' | 'bad'

export interface StatusLine {
  readonly text: string
  readonly tone: Tone
}

/** Enough to see whether two are equal; `hearsay status` shows all of it. */
const FINGERPRINT_DIGITS = 8
const HEADER = 'node state    pid     alive suspect dead links   keys  staleness  fingerprint'

export function statusTable(views: readonly NodeView[], sides: readonly (readonly string[])[]): readonly StatusLine[] {
  const running = views.filter(({ node }) => node.state.kind !== 'down')
  const lines = views.map((view) => nodeLine(view))
  return [{ text: HEADER, tone: 'dim' }, ...lines, summary(running, sides)]
}

/** `n1,n2 | n3` */
export function spellSides(sides: readonly (readonly string[])[]): string {
  return sides.map((side) => side.join(',')).join(' | ')
}

/** `45 ms`, `0.8 s`, `12 s`, `3 min` */
export function spellMs(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`
  return `${Math.round(ms / 60_000)} min`
}

function nodeLine({ node, report }: NodeView): StatusLine {
  const { state } = node
  const name = node.name.padEnd(5)
  if (state.kind === 'down') return { text: `${name}${'down'.padEnd(9)}${state.why}`, tone: 'bad' }
  const pid = String(state.pid).padEnd(8)
  if (report === undefined) {
    const how = state.kind === 'up' ? 'silent' : state.kind
    return { text: `${name}${how.padEnd(9)}${pid}`, tone: 'doubtful' }
  }
  const { suspect, dead } = report.members
  return { text: `${name}${'up'.padEnd(9)}${pid}${figures(report)}`, tone: suspect + dead > 0 ? 'doubtful' : 'plain' }
}

function figures({ members, links, keys, stalenessMs, fingerprint }: StatusReport): string {
  const counts = [
    String(members.alive).padStart(5),
    String(members.suspect).padStart(7),
    String(members.dead).padStart(4),
    String(links).padStart(5),
    String(keys).padStart(6),
  ].join(' ')
  const staleness = stalenessMs === undefined ? 'unknown' : spellMs(stalenessMs)
  return `${counts}  ${staleness.padStart(9)}  ${fingerprint.slice(0, FINGERPRINT_DIGITS)}`
}

function summary(running: readonly NodeView[], sides: readonly (readonly string[])[]): StatusLine {
  const network = sides.length === 0 ? 'network whole' : `network cut: ${spellSides(sides)}`
  if (running.length === 0) return { text: `${network}; no node is up`, tone: 'bad' }
  const isEqual = areEqual(running)
  const who = running.length === 1 ? 'one node is up' : isEqual ? 'all that are up are equal' : 'contents differ'
  return { text: `${network}; ${who}`, tone: sides.length === 0 && isEqual ? 'good' : 'doubtful' }
}
