/**
 * Real sockets and sessions over a fake host: a node that is in whatever state a test wants to see shown. Stopped when
 * the test has finished.
 */

import { onTestFinished } from 'vitest'
import type { Logger } from '../../src/core/ports.ts'
import { systemTimers } from '../../src/platform/clock.ts'
import { createSession } from '../../src/server/session.ts'
import { newSessionCounts } from '../../src/server/session-counts.ts'
import { listenWs } from '../../src/transport/ws-listener.ts'
import { FakeHost } from '../suites/fake-host.ts'

const FRAME_BYTES_MAX = 32 * 1024 * 1024
const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} }

export async function startFakeNode(): Promise<{ readonly host: FakeHost; readonly url: string }> {
  const host = new FakeHost(systemTimers)
  const counts = newSessionCounts()
  const listening = await listenWs({
    frameBytesMax: FRAME_BYTES_MAX,
    highWaterBytes: 8 * 1024 * 1024,
    lowWaterBytes: 1024 * 1024,
    host: '127.0.0.1',
    port: 0,
    connectionsMax: 100,
    onLink: (_, link) =>
      createSession({
        api: host,
        link,
        frameBytesMax: FRAME_BYTES_MAX,
        faults: false,
        logger: SILENT,
        timers: systemTimers,
        counts,
      }),
    logger: SILENT,
  })
  onTestFinished(() => listening.close())
  return { host, url: `ws://127.0.0.1:${listening.port}` }
}
