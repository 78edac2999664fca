/** What a replica knows, told to people: members and their times, keys, the stable time and its age. */

import { unixMsFromHlc } from '../core/clock.ts'
import type { Replica } from '../core/replica.ts'
import type { MemberReport, StatusReport } from '../core/report.ts'
import type { Now } from '../core/step.ts'

type FromReplica =
  | 'origin'
  | 'keys'
  | 'tombstones'
  | 'parked'
  | 'fingerprint'
  | 'stableTimeMs'
  | 'stalenessMs'
  | 'members'

/** The part of a status that the replica knows. */
export function replicaStatus(replica: Replica, now: Now): Pick<StatusReport, FromReplica> {
  const { store, members } = replica
  const counts = { alive: 1, suspect: 0, dead: 0 }
  for (const member of members.values()) counts[members.status(member, now.monoMs)]++
  const stable = replica.stableTime()
  const stableTimeMs = stable === undefined ? undefined : unixMsFromHlc(stable)
  return {
    origin: replica.origin,
    keys: store.liveCount,
    tombstones: store.tombstoneCount,
    parked: store.parkedCount,
    fingerprint: store.fingerprint(),
    stableTimeMs,
    stalenessMs: stableTimeMs === undefined ? undefined : Math.max(0, Math.round(now.wallMs) - stableTimeMs),
    members: counts,
  }
}

/** All members by name, the node itself among them. */
export function memberReports(
  replica: Replica,
  self: { readonly name: string; readonly address: string },
  isLinked: (name: string) => boolean,
  now: Now,
): readonly MemberReport[] {
  const { members, row, origin } = replica
  const reports: MemberReport[] = [
    {
      name: self.name,
      status: 'alive',
      self: true,
      linked: false,
      address: self.address,
      origin,
      silentMs: 0,
      lastWriteMs: lastWriteMs(replica, origin),
      agrees: true,
    },
  ]
  for (const member of members.values()) {
    reports.push({
      name: member.name,
      status: members.status(member, now.monoMs),
      self: false,
      linked: isLinked(member.name),
      address: member.row.address,
      origin: member.row.origin,
      silentMs: Math.max(0, Math.round(now.monoMs - member.heardMs)),
      lastWriteMs: lastWriteMs(replica, member.row.origin),
      agrees: member.row.h === row.h,
    })
  }
  return reports.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function lastWriteMs({ claims: { written } }: Replica, origin: string): number | undefined {
  return written.has(origin) ? unixMsFromHlc(written.get(origin)) : undefined
}
