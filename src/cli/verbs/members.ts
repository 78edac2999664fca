/** `hearsay members`: the cluster as one node sees it. */

import type { MemberStatus } from '../../core/members.ts'
import type { MemberReport } from '../../core/report.ts'
import { CLIENT_FLAGS, withClient } from '../connection.ts'
import { EXIT } from '../exit-codes.ts'
import { type Colour, duration, moment, painter, plain, table } from '../style.ts'
import { defineVerb, type Verb } from '../verb.ts'

const HEAD = ['NAME', 'STATUS', 'SELF', 'LINKED', 'ADDRESS', 'LAST WRITE', 'SILENT', 'OFFSET', 'LOW']
const STATUS_COLUMN = 1
const COLOURS: Readonly<Record<MemberStatus, Colour>> = { alive: 'green', suspect: 'yellow', dead: 'red' }

export const members: Verb = defineVerb({
  name: 'members',
  summary: 'Show the cluster as a node sees it.',
  details:
    'SELF marks the node that answers, LINKED those that it has a connection to. LAST WRITE is the latest write of the member that has arrived here, SILENT the time since its last sign of life, OFFSET how far its clock is ahead of that of the node that answers, LOW how long ago the time was up to which it has everything of everybody on its disk, by the clock of this machine.',
  operands: [],
  flags: CLIENT_FLAGS,
  examples: [
    ['hearsay members', 'as the node at the default address sees it'],
    ['hearsay members --json', 'an array, for a program'],
  ],
  run: (args, _, io) =>
    withClient(args, io, async (client) => {
      const reports = await client.admin.members()
      if (args.json) {
        await io.stdout.line(JSON.stringify(reports))
        return EXIT.ok
      }
      const paint = painter(io.stdout, io.env)
      const lines = table([HEAD, ...reports.map(row)], (cell, at, column) => {
        if (at === 0) return paint(cell, 'bold')
        const status = reports[at - 1]?.status
        return column === STATUS_COLUMN && status !== undefined ? paint(cell, COLOURS[status] ?? 'dim') : cell
      })
      for (const line of lines) await io.stdout.line(line)
      return EXIT.ok
    }),
})

function row(member: MemberReport): string[] {
  return [
    member.name,
    member.status,
    member.self ? 'self' : '-',
    member.linked ? 'yes' : member.self ? '-' : 'no',
    member.address === '' ? '-' : member.address,
    member.lastWriteMs === undefined ? 'never' : moment(member.lastWriteMs),
    member.self ? '-' : duration(member.silentMs),
    offsetWords(member),
    member.lowMs === undefined ? 'unknown' : duration(Math.max(0, Date.now() - member.lowMs)),
  ].map(plain)
}

function offsetWords({ offsetMs, self }: MemberReport): string {
  if (self) return '-'
  if (offsetMs === undefined) return 'unknown'
  return `${offsetMs < 0 ? '-' : '+'}${duration(Math.abs(offsetMs))}`
}
