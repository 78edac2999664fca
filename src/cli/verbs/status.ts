/** `hearsay status`: how one node is. */

import type { StatusReport } from '../../core/report.ts'
import { CLIENT_FLAGS, withClient } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { count, duration, moment, painter, plain, table } from '../style.ts'
import { defineVerb, type Verb } from '../verb.ts'

export const status: Verb = defineVerb({
  name: 'status',
  summary: 'Show how a node is.',
  details:
    'Two nodes with the same fingerprint hold the same live entries. `stable time` is the time up to which the node has seen every write of every member: no read is staler than that.',
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
      const rows = [...facts(report), ...counters(report)]
      for (const line of table(rows, (cell, _, column) => (column === 0 ? paint(cell, 'dim') : cell))) {
        await io.stdout.line(line)
      }
      return EXIT.ok
    }),
})

function facts(report: StatusReport): [string, string][] {
  const { members } = report
  return [
    ['node', `${report.name} of cluster ${report.cluster}`],
    ['run', report.origin],
    ['address', report.address],
    ['up', duration(report.uptimeMs)],
    ['log', logWords(report)],
    ['keys', report.keys.toLocaleString('en-US')],
    ['tombstones', report.tombstones.toLocaleString('en-US')],
    ['parked', `${report.parked.toLocaleString('en-US')} stamped ahead of the clock`],
    ['fingerprint', report.fingerprint],
    ['members', `${members.alive} alive, ${members.suspect} suspect, ${members.dead} dead`],
    ['links', String(report.links)],
    ['stable time', stableWords(report)],
  ].map(([name = '', value = '']) => [name, plain(value)])
}

function logWords({ dataDir, fsync, logPendingBytes }: StatusReport): string {
  if (dataDir === undefined) return 'none: everything is in memory'
  const pending = logPendingBytes === 0 ? '' : `, ${count(logPendingBytes, 'byte')} not durable yet`
  return `${dataDir}, fsync ${fsync}${pending}`
}

function stableWords({ stableTimeMs, stalenessMs }: StatusReport): string {
  if (stableTimeMs === undefined) return 'unknown'
  return `${moment(stableTimeMs)}${stalenessMs === undefined ? '' : `, ${duration(Math.max(0, stalenessMs))} ago`}`
}

/** Only what has happened: zeros would hide it. */
function counters({ counters: counts }: StatusReport): [string, string][] {
  return Object.entries(counts)
    .filter(([, n]) => n !== 0)
    .map(([name, n]) => [plain(name), n.toLocaleString('en-US')])
}
