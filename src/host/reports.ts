/** What a replica knows, told to people: members and their times, keys, the stable time and its age. */

import { unixMsFromHlc } from '../core/clock.ts'
import type { Conflict } from '../core/conflicts.ts'
import type { Entry } from '../core/entry.ts'
import { nameOf } from '../core/origin.ts'
import type { Replica } from '../core/replica.ts'
import type { ConflictReport, ConflictSide, MemberReport, StatusReport } from '../core/report.ts'
import type { Now } from '../core/step.ts'
import type { Log } from '../storage/log-options.ts'
import type { RecoveryReport } from '../storage/recovery.ts'
import type { DiskRoom } from './disk-room.ts'
import type { HostOptions } from './host-options.ts'
import type { Peers } from './peers.ts'
import { type Phase, stateOf } from './phase.ts'
import type { Reading } from './reading.ts'

type FromReplica =
  | 'origin'
  | 'keys'
  | 'tombstones'
  | 'tombstonesAwait'
  | 'floorMs'
  | 'conflicts'
  | 'clock'
  | 'offsetsMs'
  | 'parked'
  | 'salvage'
  | 'fingerprint'
  | 'stableTimeMs'
  | 'stalenessMs'
  | 'members'

/** Of a host, beside its replica. */
export interface HostParts {
  readonly phase: Phase
  readonly disk: DiskRoom
  readonly reading: Reading
  readonly peers: Pick<Peers, 'count' | 'counters'>
  /** Bytes that wait for the disk. */
  readonly log: { readonly bytes: number; readonly counters: Readonly<Record<string, number>> }
  readonly startedMs: number
  readonly pausesForgiven: number
}

export function statusReport(options: HostOptions, replica: Replica, parts: HostParts, now: Now): StatusReport {
  const { phase, disk, reading, peers, log, startedMs, pausesForgiven } = parts
  const recovery = reading.report
  return {
    state: stateOf(phase, disk.refusal !== undefined),
    recovery,
    disk: disk.report,
    // While it is taking in its log the store is not one that can be asked.
    ...(recovery === undefined ? replicaStatus(replica, now) : NOTHING_KNOWN),
    ...settingsReport(options),
    uptimeMs: Math.round(now.monoMs - startedMs),
    links: peers.count,
    logPendingBytes: log.bytes,
    counters: {
      ...replica.counters,
      ...peers.counters,
      contentsShed: disk.contentsShed,
      pausesForgiven,
      ...log.counters,
    },
  }
}

/** The part of a status that was set. */
function settingsReport({
  name,
  cluster,
  address,
  dataDir,
  fsync,
}: HostOptions): Pick<StatusReport, 'name' | 'cluster' | 'address' | 'dataDir' | 'fsync'> {
  return { name, cluster, address, dataDir, fsync: dataDir === undefined ? 'none' : fsync }
}

/** What the replica knows before it has taken in its log. */
const NOTHING_KNOWN: Pick<StatusReport, FromReplica> = {
  origin: '',
  keys: 0,
  tombstones: 0,
  tombstonesAwait: [],
  floorMs: undefined,
  conflicts: 0,
  clock: 'ok',
  offsetsMs: {},
  parked: 0,
  salvage: undefined,
  fingerprint: '',
  stableTimeMs: undefined,
  stalenessMs: undefined,
  members: { alive: 0, suspect: 0, dead: 0 },
}

/** The part of a status that the replica knows. */
function replicaStatus(replica: Replica, now: Now): Pick<StatusReport, FromReplica> {
  const { store, members } = replica
  const counts = { alive: 1, suspect: 0, dead: 0 }
  for (const member of members.values()) counts[members.status(member, now.monoMs)]++
  const stable = replica.stableTime()
  const stableTimeMs = stable === undefined ? undefined : unixMsFromHlc(stable)
  return {
    origin: replica.origin,
    keys: store.liveCount,
    tombstones: store.tombstoneCount,
    tombstonesAwait:
      store.tombstoneCount === 0 ? [] : members.holdingBack(store.oldestGrave, replica.row, replica.claims.seen),
    floorMs: replica.floor === 0 ? undefined : unixMsFromHlc(replica.floor),
    conflicts: replica.conflicts.count,
    clock: replica.clockGuard.state,
    offsetsMs: replica.clockGuard.offsets(),
    parked: store.parkedCount,
    salvage: replica.takingBack.report,
    fingerprint: store.fingerprint(),
    stableTimeMs,
    stalenessMs: stalenessMs(replica, now),
    members: counts,
  }
}

export function logCounters(log: Log | undefined, recovery: RecoveryReport | undefined): Record<string, number> {
  return {
    recordsRecovered: recovery?.records ?? 0,
    tailsCut: (recovery?.tornBytes ?? 0) > 0 ? 1 : 0,
    ...log?.counters,
  }
}

/** How old a read can be at most, ms. */
export function stalenessMs(replica: Replica, now: Now): number | undefined {
  const stable = replica.stableTime()
  return stable === undefined ? undefined : Math.max(0, Math.round(now.wallMs) - unixMsFromHlc(stable))
}

export function conflictReports(conflicts: readonly Conflict[]): readonly ConflictReport[] {
  return conflicts.map(({ lost, kept, lostSize, keptSize, foundMs }) => ({
    key: lost.key,
    lost: sideOf(lost, lostSize),
    kept: sideOf(kept, keptSize),
    gapMs: unixMsFromHlc(kept.time) - unixMsFromHlc(lost.time),
    foundMs: Math.round(foundMs),
  }))
}

function sideOf({ kind, origin, time, value }: Entry, size: number): ConflictSide {
  const kept = value !== undefined && value.length === size && size > 0
  return {
    kind,
    node: nameOf(origin),
    origin,
    time,
    writtenMs: unixMsFromHlc(time),
    size,
    value: kept ? base64(value) : undefined,
  }
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
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
      lowMs: row.low < 0 ? undefined : unixMsFromHlc(row.low),
      offsetMs: 0,
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
      lowMs: member.row.low < 0 ? undefined : unixMsFromHlc(member.row.low),
      offsetMs: replica.clockGuard.offsetOf(member.name),
    })
  }
  return reports.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function lastWriteMs({ claims: { written } }: Replica, origin: string): number | undefined {
  return written.has(origin) ? unixMsFromHlc(written.get(origin)) : undefined
}
