/**
 * A node made of a fake host and real sessions, at an address of a memory net.
 */

import type { Link, LinkEvents, Logger, Timers } from '../../src/core/ports.ts'
import { createSession } from '../../src/server/session.ts'
import { newSessionCounts, type SessionCounts } from '../../src/server/session-counts.ts'
import { FakeHost } from './fake-host.ts'
import type { MemoryEnd, MemoryNet } from './memory-net.ts'

export interface SessionServer {
  readonly host: FakeHost
  readonly counts: SessionCounts
  /** What sessions logged. */
  readonly logged: string[]
  /** The server's ends of its links, in the order in which they came. */
  readonly ends: MemoryEnd[]
}

export const FRAME_BYTES_MAX = 4 * 1024 * 1024

export function startServer(
  net: MemoryNet,
  timers: Timers,
  address: string,
  options: { faults?: boolean; host?: FakeHost; cluster?: string } = {},
): SessionServer {
  const host = options.host ?? new FakeHost(timers, options.cluster)
  const counts = newSessionCounts()
  const logged: string[] = []
  const ends: MemoryEnd[] = []
  const log = (_: object, text: string): void => void logged.push(text)
  const logger: Logger = { debug: log, info: log, warn: log, error: log }
  net.listen(address, (link: Link): LinkEvents => {
    ends.push(link as MemoryEnd)
    const faults = options.faults ?? false
    return createSession({ api: host, link, frameBytesMax: FRAME_BYTES_MAX, faults, logger, timers, counts })
  })
  return { host, counts, logged, ends }
}
