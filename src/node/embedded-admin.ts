/**
 * What operators ask of the node in their own process: the same as `client.admin`, but for what only serves to compare
 * two nodes from outside. Arguments are checked as there; the work is the host's.
 */

import { type ConflictsOptions, checkNodeName, toConflicts } from '../client/admin.ts'
import { type HearsayError, invariant } from '../core/errors.ts'
import type { ConflictReport, MemberReport, StatusReport, SyncReport } from '../core/report.ts'
import type { HostApi } from '../host/host-api.ts'
import { BACKUP_CHUNK_BYTES } from '../server/operator-requests.ts'

export interface EmbeddedAdmin {
  status(): StatusReport
  members(): readonly MemberReport[]
  /** Lost updates that this node has found, the latest first. `ERR_INVALID_ARGUMENT`. */
  conflicts(options?: ConflictsOptions): readonly ConflictReport[]
  /**
   * Pulls from the member of this name and compares everything with it, now. Without a name: from all that there is a
   * link to, one after the other, ended by the first that fails. `ERR_NO_SUCH_MEMBER`, `ERR_TIMEOUT`, `ERR_CLOSED`.
   */
  sync(peer?: string): Promise<readonly SyncReport[]>
  /**
   * The run of this member is gone for good: nobody waits for it any more, and all forget it. If it comes back, then as a
   * new run, with all that it wrote. Resolves when that is in the log. `ERR_NO_SUCH_MEMBER`, `ERR_CLOSED`.
   */
  forget(name: string): Promise<void>
  /** Sets a clock that ran far ahead back to the machine's and its peers'. Resolves when that is in the log. `ERR_CLOSED`. */
  resetClock(): Promise<void>
  /**
   * The bytes of a backup, as a file of the log's format, while the node goes on: all that it held when it was asked, and all
   * that it logged until the last bytes were read. `ERR_OVERLOADED` (read faster), `ERR_NOT_READY`, `ERR_CLOSED`.
   */
  backup(): AsyncIterableIterator<Uint8Array>
}

export function embeddedAdmin(host: HostApi): EmbeddedAdmin {
  return {
    status: () => host.status(),
    members: () => host.members(),
    conflicts(options = {}) {
      const { prefix, limit } = toConflicts(options)
      return host.conflicts(prefix, limit)
    },
    async sync(peer) {
      if (peer !== undefined) {
        checkNodeName(peer)
        return [await syncWith(host, peer)]
      }
      const reports: SyncReport[] = []
      for (const { name, linked } of host.members()) if (linked) reports.push(await syncWith(host, name))
      return reports
    },
    async forget(name) {
      checkNodeName(name)
      await settled((done) => host.forget(name, done))
    },
    resetClock: () => settled((done) => host.resetClock(done)),
    backup: () => backupChunks(host),
  }
}

async function* backupChunks(host: HostApi): AsyncIterableIterator<Uint8Array> {
  const backup = host.backup()
  try {
    for (let bytes = backup.next(BACKUP_CHUNK_BYTES); bytes !== undefined; bytes = backup.next(BACKUP_CHUNK_BYTES)) {
      yield bytes
      // A reader that never waits would hold the loop to the last byte.
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  } finally {
    backup.close()
  }
}

function syncWith(host: HostApi, peer: string): Promise<SyncReport> {
  return new Promise((resolve, reject) => {
    host.sync(peer, (error, report) => {
      if (error !== undefined) {
        reject(error)
        return
      }
      invariant(report !== undefined, 'a sync that succeeds has a report')
      resolve(report)
    })
  })
}

function settled(start: (done: (error: HearsayError | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === undefined ? resolve() : reject(error)))
  })
}
