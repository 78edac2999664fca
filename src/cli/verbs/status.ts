/** `hearsay status`: how one node is. */

import type { SalvageReport, StatusReport } from '../../core/report.ts'
import { CLIENT_FLAGS, withClient } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { count, duration, moment, painter, plain, table } from '../style.ts'
import { defineVerb, type Verb } from '../verb.ts'

export const status: Verb = defineVerb({
  name: 'status',
  summary: 'Show how a node is.',
  details:
    'Two nodes with the same fingerprint hold the same live entries. `stable time` is the time up to which the node has seen every write of every member; `staleness` is its age: no read is staler than that. A node that is still reading its log shows how far it is, and one whose disk has failed that it only reads. `clock` tells how far the clocks of the peers are ahead (+) or behind (−). Deletes are remembered as tombstones until every member is known to have seen them; what was deleted at or before the `floor` is let go of.',
  operands: [],
  flags: CLIENT_FLAGS,
  examples: [
    ['hearsay status', 'the node at the default address'],
    ['hearsay status --url ws://10.0.0.5:7070 --json', 'another one, for a program'],
  ],
  run: (args, _, io) =>
    withClient(args, io, async (client) => {
      const report = await client.admin.status()
      if (args.json) {
        await io.stdout.line(JSON.stringify(report))
        return EXIT.ok
      }
      const paint = painter(io.stdout, io.env)
      const rows = report.state === 'recovering' ? first(report) : [...facts(report), ...counters(report)]
      for (const line of table(rows, (cell, _, column) => (column === 0 ? paint(cell, 'dim') : cell))) {
        await io.stdout.line(line)
      }
      return EXIT.ok
    }),
})

/** All that is known of a node that still reads its log. */
function first(report: StatusReport): [string, string][] {
  return rowsOf([
    ['node', `${report.name} of cluster ${report.cluster}`],
    ['state', stateWords(report)],
    ['address', report.address],
    ['up', duration(report.uptimeMs)],
    ['log', logWords(report)],
  ])
}

function facts(report: StatusReport): [string, string][] {
  const { members } = report
  return rowsOf([
    ['node', `${report.name} of cluster ${report.cluster}`],
    ['state', stateWords(report)],
    ['run', report.origin],
    ['address', report.address],
    ['up', duration(report.uptimeMs)],
    ['log', logWords(report)],
    ...(report.salvage === undefined ? [] : [['salvage', salvageWords(report.salvage)] as const]),
    ['keys', report.keys.toLocaleString('en-US')],
    ['tombstones', tombstoneWords(report)],
    ['floor', report.floorMs === undefined ? 'none yet' : moment(report.floorMs)],
    ['parked', `${report.parked.toLocaleString('en-US')} stamped ahead of the clock`],
    ['fingerprint', report.fingerprint],
    ['members', `${members.alive} alive, ${members.suspect} suspect, ${members.dead} dead`],
    ['links', String(report.links)],
    ['stable time', report.stableTimeMs === undefined ? 'unknown' : moment(report.stableTimeMs)],
    [
      'staleness',
      report.stalenessMs === undefined ? 'unknown' : `at most ${duration(Math.max(0, report.stalenessMs))}`,
    ],
    ['clock', clockWords(report)],
    ['conflicts', conflictWords(report)],
  ])
}

function rowsOf(rows: readonly (readonly [string, string])[]): [string, string][] {
  return rows.map(([name, value]) => [name, plain(value)])
}

/** A node of an earlier version says nothing of its state. */
function stateWords({ state = 'running', disk = 'ok', recovery }: StatusReport): string {
  if (state === 'recovering' && recovery !== undefined && recovery.bytesAll > 0) {
    const share = Math.floor((recovery.bytes / recovery.bytesAll) * 100)
    return `${STATE_WORDS.recovering}, ${share} % of ${count(recovery.bytesAll, 'byte')}; it answers nothing else yet`
  }
  if (disk === 'slow') return 'degraded: the disk takes longer than a second for a sync, and writes wait for it'
  return disk === 'full' ? FULL_WORDS : STATE_WORDS[state]
}

function logWords({ dataDir, fsync, logPendingBytes }: StatusReport): string {
  if (dataDir === undefined) return 'none: everything is in memory'
  const pending = logPendingBytes === 0 ? '' : `, ${count(logPendingBytes, 'byte')} not durable yet`
  return `${dataDir}, fsync ${fsync}${pending}`
}

function salvageWords({ entries, awaits }: SalvageReport): string {
  const waiting = awaits.length === 0 ? '' : `; ${waitingFor(awaits)}: what one of them has seen may be deleted`
  return `${count(entries, 'entry', 'entries')} from behind damage in the log${waiting}`
}

function tombstoneWords({ tombstones, tombstonesAwait: names }: StatusReport): string {
  const n = tombstones.toLocaleString('en-US')
  return tombstones === 0 || names.length === 0 ? n : `${n}, ${waitingFor(names)}`
}

function waitingFor(names: readonly string[]): string {
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : ''
  return `waiting for ${names.slice(0, NAMES_SHOWN).join(', ')}${more}`
}

function conflictWords({ conflicts: found }: StatusReport): string {
  return found === 0 ? 'none' : `${count(found, 'lost update')}: hearsay conflicts`
}

function clockWords({ clock, offsetsMs = {} }: StatusReport): string {
  const offsets = Object.entries(offsetsMs).sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
  const peers = offsets.slice(0, OFFSETS_SHOWN).map(([peer, ms]) => `${peer} ${signed(ms)}`)
  const more = offsets.length > OFFSETS_SHOWN ? `, and ${offsets.length - OFFSETS_SHOWN} more` : ''
  const words = CLOCK_WORDS[clock] ?? clock
  return peers.length === 0 ? words : `${words}; ${peers.join(', ')}${more}`
}

function signed(ms: number): string {
  return `${ms < 0 ? '−' : '+'}${duration(Math.abs(ms))}`
}

/** As much as `room-keeper.ts` puts by; a node with small segments needs less. */
const FULL_WORDS =
  'the disk is full: refuses writes until 1 MiB is free, and deletes too once what was kept for them is used up'
const STATE_WORDS: Readonly<Record<StatusReport['state'], string>> = {
  recovering: 'reads its log',
  joining: 'takes over what the others have; it answers nothing else yet',
  running: 'ok',
  'read-only': 'only reads, for its disk has failed: start it on a disk that works',
  stopped: 'has stopped, or stops',
}
/** Peers whose clocks are told, the furthest off first; more are counted. */
const OFFSETS_SHOWN = 8
/** Waited for by tombstones; more are counted. */
const NAMES_SHOWN = 5
const CLOCK_WORDS: Readonly<Record<StatusReport['clock'], string>> = {
  ok: 'ok',
  ahead: "ahead of most members' clocks: takes no writes",
  behind: "behind most members' clocks: takes no writes",
}

/** Only what has happened: zeros would hide it. */
function counters({ counters: counts }: StatusReport): [string, string][] {
  return Object.entries(counts)
    .filter(([, n]) => n !== 0)
    .map(([name, n]) => [plain(name), n.toLocaleString('en-US')])
}
