/**
 * A node: the process around a replica. Wires the real disk, clock, sockets and logger to the host, listens for peers
 * and clients, and offers the node's own store. Whatever fails on the way up is undone before the error is thrown.
 */

import { hostname } from 'node:os'
import type { Codec } from '../client/codec.ts'
import { json } from '../client/codec.ts'
import type { Store } from '../client/store.ts'
import { DIAL_DEFAULTS } from '../core/dialer.ts'
import type { HearsayError } from '../core/errors.ts'
import type { Disk, Link, LinkEvents, Logger } from '../core/ports.ts'
import { REPLICA_DEFAULTS } from '../core/replica-options.ts'
import { Host } from '../host/host.ts'
import { HOST_DEFAULTS } from '../host/host-options.ts'
import { LINK_DEFAULTS } from '../host/links.ts'
import { systemClock, systemRng, systemTimers } from '../platform/clock.ts'
import { openFolder } from '../platform/disk.ts'
import { createLogger } from '../platform/logger.ts'
import { createSession } from '../server/session.ts'
import { newSessionCounts } from '../server/session-counts.ts'
import { type HttpAnswer, type Listening, listenWs } from '../transport/ws-listener.ts'
import { createWsTransport } from '../transport/ws-transport.ts'
import { FRAME_BYTES_MAX } from '../wire/limits.ts'
import { type EmbeddedAdmin, embeddedAdmin } from './embedded-admin.ts'
import { embeddedStore } from './embedded-store.ts'
import { checkSettings, type NodeSettings, parseListen, wrongOption } from './node-options.ts'

/** Links of peers and clients at one time; one more is refused with HTTP 503. */
const CONNECTIONS_MAX = 10_000
const LINK_LIMITS = { frameBytesMax: FRAME_BYTES_MAX, highWaterBytes: 8 * 1024 * 1024, lowWaterBytes: 1024 * 1024 }
const DIAL_TIMEOUT_MS = 5_000

export type NodeOptions<V> = { readonly [K in keyof NodeSettings]?: NodeSettings[K] } & {
  /** How values become bytes; `json` when left out. */
  readonly codec?: Codec<V>
  /** Where log lines go; standard error when left out. */
  readonly logger?: Logger
  /**
   * Called once when the node cannot go on (`ERR_NAME_IN_USE`). Reads still answer; writes fail. A disk that fails is no
   * such case: the node goes on with reads, and its status says so.
   */
  readonly onFatal?: (error: HearsayError) => void
}

export interface HearsayNode<V> extends Store<V>, EmbeddedAdmin {
  readonly name: string
  /** What clients and peers dial: `ws://host:port`. */
  readonly url: string
}

/**
 * Starts a node. Resolves when its log is replayed, it listens, and it has taken over what the others have if it is new. Rejects with `ERR_INVALID_ARGUMENT`,
 * `ERR_ADDRESS_IN_USE`, `ERR_ADDRESS_UNAVAILABLE`, `ERR_FOLDER_IN_USE`, `ERR_FOLDER_UNUSABLE`, `ERR_LOG_DAMAGED`,
 * `ERR_LOG_FOREIGN` or `ERR_DISK_FAILED`; then nothing is left open.
 */
export async function createNode<V = unknown>(options: NodeOptions<V> = {}): Promise<HearsayNode<V>> {
  if (typeof options !== 'object' || options === null) throw wrongOption('options', 'an object')
  const { codec = json as Codec<V>, logger: givenLogger, onFatal = () => {}, ...given } = options
  if (typeof onFatal !== 'function') throw wrongOption('onFatal', 'a function')
  if (givenLogger !== undefined && typeof givenLogger?.info !== 'function') throw wrongOption('logger', 'a logger')
  if (typeof codec?.encode !== 'function' || typeof codec.decode !== 'function') throw wrongOption('codec', 'a codec')
  const settings = checkSettings(given)
  const logger =
    givenLogger ?? createLogger({ level: settings.logLevel, format: settings.logFormat, name: settings.name })
  const { host: bindHost, port: bindPort } = parseListen(settings.listen)
  const disk = settings.dataDir === undefined ? undefined : await openFolder(settings.dataDir)
  let listening: Listening | undefined
  let host: Host | undefined
  let isServing = false
  const counts = newSessionCounts()
  const onLink = (path: string, link: Link): LinkEvents | 'busy' | undefined => {
    // A node that joins needs its links to get ready; clients may ask for its status alone until it is.
    if (path === '/peer') return host?.isListening === true ? (host.accept(link) ?? 'busy') : 'busy'
    if (host === undefined) return 'busy'
    if (path !== '/') return undefined
    const { faults } = settings
    return createSession({
      api: host,
      link,
      frameBytesMax: FRAME_BYTES_MAX,
      faults,
      logger,
      timers: systemTimers,
      counts,
    })
  }
  try {
    listening = await listenWs({
      ...LINK_LIMITS,
      host: bindHost,
      port: bindPort,
      connectionsMax: CONNECTIONS_MAX,
      onLink,
      onHttp: () => (isServing ? undefined : notReady(host?.isListening === true)),
      logger,
    })
    const url = settings.advertise === undefined ? urlOf(bindHost, listening.port) : withScheme(settings.advertise)
    host = makeHost(settings, url, disk, logger, (error) => {
      void listening?.close()
      onFatal(error)
    })
    await started(host)
    isServing = true
    const { dataDir, fsync, keys } = host.status()
    logger.info({ url, dataDir, fsync, keys }, 'The node is ready')
    return nodeOf(host, url, codec, listening, logger)
  } catch (error) {
    await listening?.close()
    await (host === undefined ? closeDisk(disk) : closed(host).catch(() => {}))
    throw error
  }
}

function notReady(hasStarted: boolean): HttpAnswer {
  const body = hasStarted ? 'The node takes over what the others have.\n' : 'The node is reading its log.\n'
  return { status: 503, contentType: 'text/plain; charset=utf-8', body }
}

function makeHost(
  settings: NodeSettings,
  address: string,
  disk: Disk | undefined,
  logger: Logger,
  onFatal: (error: HearsayError) => void,
): Host {
  const { name, cluster, seeds, dataDir, fsync, fsyncIntervalMs, segmentBytesMax, faults } = settings
  const { maxClockSkewMs, suspectAfterMs, deadAfterMs, valueBytesMax } = settings
  const { forgetAfterMs, joinTimeoutMs, conflictValues } = settings
  return new Host(
    {
      name,
      cluster,
      address,
      seeds: [...new Set(seeds.map(withScheme))],
      dataDir,
      fsync,
      fsyncIntervalMs,
      segmentBytesMax,
      faults,
      replica: {
        ...REPLICA_DEFAULTS,
        maxClockSkewMs,
        suspectAfterMs,
        deadAfterMs,
        forgetAfterMs,
        joinTimeoutMs,
        conflictValues,
      },
      dial: DIAL_DEFAULTS,
      links: LINK_DEFAULTS,
      limits: { ...HOST_DEFAULTS, valueBytesMax },
    },
    {
      clock: systemClock,
      timers: systemTimers,
      rng: systemRng,
      disk,
      transport: createWsTransport({ ...LINK_LIMITS, path: '/peer', dialTimeoutMs: DIAL_TIMEOUT_MS }),
      logger,
      onFatal,
    },
  )
}

function nodeOf<V>(host: Host, url: string, codec: Codec<V>, listening: Listening, logger: Logger): HearsayNode<V> {
  const stop = async (): Promise<void> => {
    try {
      await closed(host)
    } finally {
      await listening.close()
    }
    logger.info({}, 'The node has stopped')
  }
  const store = embeddedStore(host, codec, stop)
  return Object.assign(store, embeddedAdmin(host), { name: host.name, url })
}

function started(host: Host): Promise<void> {
  return new Promise((resolve, reject) => {
    host.start((error) => (error === undefined ? resolve() : reject(error)))
  })
}

function closed(host: Host): Promise<void> {
  return new Promise((resolve, reject) => {
    host.close((error) => (error === undefined ? resolve() : reject(error)))
  })
}

function closeDisk(disk: Disk | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (disk === undefined) resolve()
    else disk.close(() => resolve())
  })
}

/** An address that others can dial: one that listens on all interfaces is reached by the name of the machine. */
function urlOf(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `ws://${hostname()}:${port}`
  return `ws://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function withScheme(address: string): string {
  return /^wss?:\/\//.test(address) ? address.replace(/\/$/, '') : `ws://${address}`
}
