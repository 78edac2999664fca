/** What can be read of a node at once, from memory: keys and pages as readers see them now, and what comparisons need. */

import type { Entry } from '../core/entry.ts'
import type { KeyRange } from '../core/range.ts'
import type { Replica } from '../core/replica.ts'
import type { ConflictReport } from '../core/report.ts'
import type { Now } from '../core/step.ts'
import type { HostApi, Page, PageOptions } from './host-api.ts'
import { conflictReports, stalenessMs } from './reports.ts'

type Reading = 'get' | 'page' | 'stalenessMs' | 'conflicts' | 'sketch' | 'heldUnder'

export abstract class Readings implements Pick<HostApi, Reading> {
  abstract readonly replica: Replica

  protected abstract now(): Now

  get(key: string): Entry | undefined {
    return this.replica.read(key, this.now())
  }

  page(range: KeyRange, options: PageOptions): Page {
    const now = this.now()
    const entries: Entry[] = []
    let bytes = 0
    let more = false
    this.replica.store.walk(range, options.reverse, (entry) => {
      if (entry.kind === 'tombstone' ? !options.tombstones : this.replica.noticeExpired(entry, now)) return true
      if (entries.length >= options.limit || bytes >= options.bytesMax) {
        more = true
        return false
      }
      entries.push(entry)
      bytes += entry.key.length + (entry.value?.length ?? 0)
      return true
    })
    return { entries, more }
  }

  stalenessMs(): number | undefined {
    return stalenessMs(this.replica, this.now())
  }

  conflicts(prefix: string, limit: number): readonly ConflictReport[] {
    return conflictReports(this.replica.conflicts.latest(prefix, limit))
  }

  sketch(cells: number): ReturnType<HostApi['sketch']> {
    const { store } = this.replica
    const { sketch, sum } = store.summary
    const view = { count: store.heldCount, sum: sum.toHex(), estimator: sketch.estimator() }
    return { cells: sketch.prefix(cells).toBytes(), view }
  }

  heldUnder(ks: readonly number[]): readonly Entry[] {
    const { store } = this.replica
    return ks.flatMap((k) => store.summary.keysOf(k).flatMap((key) => store.held(key) ?? []))
  }
}
