/**
 * Writes that may be lost, since every disk that had seen them was replaced by an empty or an older one. Told from the
 * records of all logs at each replacement: a write that another disk has seen must not be lost, whoever wrote it. When the
 * disk comes back that had it, it is not lost any more; but meanwhile the others went on without it.
 */

import type { Version } from '../src/core/entry.ts'
import { nameOf, type OriginId } from '../src/core/origin.ts'
import type { LogRecord } from '../src/core/record.ts'

/** Up to when the writes of each origin were seen. */
export type Seen = ReadonlyMap<OriginId, number>

/** Later than `from`, up to and with `to`. */
interface Span {
  readonly from: number
  readonly to: number
}

export class WipedWrites {
  readonly #spans = new Map<OriginId, readonly Span[]>()
  /** Of all replacements, whatever came back. */
  readonly #ever = new Map<OriginId, readonly Span[]>()
  /** Claimed by who took back in what lay behind damage, when only nodes that it had forgotten had them. */
  readonly #disowned: { readonly spans: Map<OriginId, readonly Span[]>; readonly readable: ReadonlySet<string> }[] = []
  /** Those that their author has lost, whoever else has them. */
  readonly #strayed = new Map<OriginId, readonly Span[]>()

  /** A disk that had seen `had` was replaced; `left` is what all disks have seen that there are now, the new one first. */
  replaced(name: string, had: Seen, left: readonly Seen[]): void {
    const [kept] = left
    for (const [origin, to] of had) {
      const from = kept?.get(origin) ?? 0
      if (nameOf(origin) === name && from < to) addTo(this.#strayed, origin, { from, to })
    }
    for (const [origin, spans] of this.#spans) {
      const from = most(left, origin)
      this.#spans.set(
        origin,
        spans.flatMap((span) => (span.to <= from ? [] : [{ from: Math.max(from, span.from), to: span.to }])),
      )
    }
    for (const [origin, to] of had) {
      const from = most(left, origin)
      if (from >= to) continue
      addTo(this.#spans, origin, { from, to })
      addTo(this.#ever, origin, { from, to })
    }
  }

  /**
   * Who had forgotten all but these claims to have seen all that was written up to now. What could be read behind the
   * damage in their logs is no part of what may be missing.
   */
  claimed(by: Seen, members: readonly Seen[], readable: ReadonlySet<string>): void {
    const spans = new Map<OriginId, readonly Span[]>()
    for (const [origin, to] of by) {
      const from = most(members, origin)
      if (from < to) addTo(spans, origin, { from, to })
    }
    if (spans.size > 0) this.#disowned.push({ spans, readable })
  }

  #isDisowned(version: Version): boolean {
    return this.#disowned.some(({ spans, readable }) => isIn(spans, version) && !readable.has(versionKey(version)))
  }

  /** No disk has it now, unless somebody has learned of it since. */
  has(version: Version): boolean {
    return isIn(this.#spans, version) || this.#isDisowned(version)
  }

  /** No disk had it for a while. */
  everHad(version: Version): boolean {
    return isIn(this.#ever, version) || this.#isDisowned(version)
  }

  /** Its author's disk was replaced by one without it: later runs of the name do not know of it. */
  hasStrayed(version: Version): boolean {
    return isIn(this.#strayed, version)
  }
}

export function versionKey({ time, origin }: Version): string {
  return `${time} ${origin}`
}

function addTo(spans: Map<OriginId, readonly Span[]>, origin: OriginId, span: Span): void {
  spans.set(origin, [...(spans.get(origin) ?? []), span])
}

function isIn(spans: ReadonlyMap<OriginId, readonly Span[]>, { origin, time }: Version): boolean {
  return spans.get(origin)?.some(({ from, to }) => from < time && time <= to) === true
}

function most(left: readonly Seen[], origin: OriginId): number {
  let time = 0
  for (const seen of left) time = Math.max(time, seen.get(origin) ?? 0)
  return time
}

/** What somebody who logged these records has seen. */
export function seenIn(records: readonly LogRecord[]): Seen {
  const seen = new Map<OriginId, number>()
  const raise = (origin: OriginId, time: number): void => {
    if (time > (seen.get(origin) ?? 0)) seen.set(origin, time)
  }
  for (const record of records) {
    if (record.kind === 'write') raise(record.origin, record.upTo)
    else if (record.kind === 'commit' || record.kind === 'mend' || record.kind === 'vector')
      for (const [origin, time] of record.seen) raise(origin, time)
  }
  return seen
}
