/**
 * What a user may set on a node: one table with types, defaults and sentences, from which the command line takes its
 * flags, `createNode` its defaults, and a test the documentation. Everything is checked before anything is opened.
 */

import { hostname } from 'node:os'
import { HearsayError } from '../core/errors.ts'
import { isNodeName } from '../core/origin.ts'
import { REPLICA_DEFAULTS } from '../core/replica-options.ts'
import { HOST_DEFAULTS } from '../host/host-options.ts'
import type { LogLevel } from '../platform/logger.ts'
import type { FsyncMode } from '../storage/fsync-mode.ts'
import { isAddress } from '../transport/link-url.ts'

export interface NodeSettings {
  readonly name: string
  readonly cluster: string
  /** `undefined`: in memory. */
  readonly dataDir: string | undefined
  readonly listen: string
  /** `undefined`: the address listened on. */
  readonly advertise: string | undefined
  readonly seeds: readonly string[]
  readonly fsync: FsyncMode
  readonly fsyncIntervalMs: number
  readonly segmentBytesMax: number
  readonly valueBytesMax: number
  readonly maxClockSkewMs: number
  readonly suspectAfterMs: number
  readonly deadAfterMs: number
  readonly forgetAfterMs: number
  readonly joinTimeoutMs: number
  readonly conflictValues: boolean
  readonly faults: boolean
  readonly logLevel: LogLevel
  readonly logFormat: 'text' | 'json'
}

interface Setting<T> {
  readonly type: 'string' | 'number' | 'boolean' | 'list'
  readonly default: T
  readonly describe: string
  readonly choices?: readonly string[]
  /** Bounds of a number. */
  readonly least?: number
  readonly most?: number
}

const LONGEST_MS = 2 ** 31 - 1
/** Counted by a clock and not by one timer: ten years. */
const FORGET_MS_MAX = 10 * 365 * 86_400_000

export const NODE_SETTINGS: { readonly [K in keyof NodeSettings]: Setting<NodeSettings[K]> } = {
  name: {
    type: 'string',
    default: defaultName(),
    describe:
      'name of this node, unique in the cluster: letters, digits, dots, dashes, underscores (default: the host name)',
  },
  cluster: { type: 'string', default: 'hearsay', describe: 'name of the cluster; nodes of another one are refused' },
  dataDir: {
    type: 'string',
    default: undefined,
    describe: 'folder of the log; without it everything is kept in memory',
  },
  listen: {
    type: 'string',
    default: '127.0.0.1:7070',
    describe: 'host:port for peers and clients; port 0 takes a free one',
  },
  advertise: {
    type: 'string',
    default: undefined,
    describe: 'address that other nodes dial (default: where it listens)',
  },
  seeds: { type: 'list', default: [], describe: 'addresses of nodes to join, host:port or ws:// or wss:// URLs' },
  fsync: {
    type: 'string',
    default: 'always',
    choices: ['always', 'interval', 'never'],
    describe: 'when the log is synced: always, before a write is acknowledged; every fsyncIntervalMs; never',
  },
  fsyncIntervalMs: {
    type: 'number',
    default: 1_000,
    least: 1,
    most: LONGEST_MS,
    describe: 'pause between syncs, ms, for fsync interval',
  },
  segmentBytesMax: {
    type: 'number',
    default: 64 * 1024 * 1024,
    least: 4_096,
    most: 2 ** 40,
    describe: 'the log begins a new file at this size, bytes',
  },
  valueBytesMax: {
    type: 'number',
    default: HOST_DEFAULTS.valueBytesMax,
    least: 1,
    most: 16 * 1024 * 1024,
    describe: 'longest value, bytes, at most 16 MiB; the same on all nodes',
  },
  maxClockSkewMs: {
    type: 'number',
    default: REPLICA_DEFAULTS.maxClockSkewMs,
    least: 0,
    most: LONGEST_MS,
    describe: 'writes stamped further ahead of this clock wait, unseen, until their time, ms',
  },
  suspectAfterMs: {
    type: 'number',
    default: REPLICA_DEFAULTS.suspectAfterMs,
    least: 100,
    most: LONGEST_MS,
    describe: 'a member silent for this long is suspect, ms',
  },
  deadAfterMs: {
    type: 'number',
    default: REPLICA_DEFAULTS.deadAfterMs,
    least: 100,
    most: LONGEST_MS,
    describe: 'a member silent for this long counts as dead, ms',
  },
  forgetAfterMs: {
    type: 'number',
    default: REPLICA_DEFAULTS.forgetAfterMs,
    least: 0,
    most: FORGET_MS_MAX,
    describe: 'a member silent for this long is forgotten for good, ms; 0: never',
  },
  joinTimeoutMs: {
    type: 'number',
    default: REPLICA_DEFAULTS.joinTimeoutMs,
    least: 0,
    most: LONGEST_MS,
    describe: 'a new node that reaches nobody of its seeds for this long starts alone, ms',
  },
  conflictValues: {
    type: 'boolean',
    default: false,
    describe: 'keep the values of lost updates, up to 4 KiB each, in the list of conflicts',
  },
  faults: { type: 'boolean', default: false, describe: 'lets operators cut links by hand, to try out partitions' },
  logLevel: {
    type: 'string',
    default: 'info',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    describe: 'least level that is logged, to standard error',
  },
  logFormat: { type: 'string', default: 'text', choices: ['text', 'json'], describe: 'lines for people, or JSON' },
}

/** Fills in defaults and checks everything. Throws `ERR_INVALID_ARGUMENT` that names the option. */
export function checkSettings(given: { readonly [K in keyof NodeSettings]?: unknown }): NodeSettings {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(NODE_SETTINGS, name))
      throw new HearsayError('ERR_INVALID_ARGUMENT', `there is no option ${name}`)
  }
  const settings: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries(NODE_SETTINGS)) {
    const value = given[name as keyof NodeSettings] ?? setting.default
    if (value !== undefined) checkSetting(name, setting, value)
    settings[name] = value
  }
  const checked = settings as unknown as NodeSettings
  if (!isNodeName(checked.name)) {
    throw wrongOption(
      'name',
      `1 to 63 letters, digits, dots, dashes or underscores, not ${JSON.stringify(checked.name)}`,
    )
  }
  const clusterBytes = Buffer.byteLength(checked.cluster)
  if (clusterBytes < 1 || clusterBytes > 255) throw wrongOption('cluster', '1 to 255 bytes')
  if (checked.suspectAfterMs >= checked.deadAfterMs) throw wrongOption('suspectAfterMs', 'less than deadAfterMs')
  if (checked.forgetAfterMs !== 0 && checked.forgetAfterMs <= checked.deadAfterMs) {
    throw wrongOption('forgetAfterMs', 'more than deadAfterMs, or 0')
  }
  parseListen(checked.listen)
  for (const seed of checked.seeds) checkAddress('seeds', seed)
  if (checked.advertise !== undefined) checkAddress('advertise', checked.advertise)
  return checked
}

/** `host:port`, `[::1]:port` or `:port` for all interfaces. */
export function parseListen(listen: string): { host: string; port: number } {
  const match = /^(\[[^\]]+\]|[^:]*):(\d{1,5})$/.exec(listen)
  const port = Number(match?.[2])
  if (match === null || port > 65_535) throw wrongOption('listen', `host:port, not ${JSON.stringify(listen)}`)
  const host = (match[1] ?? '').replace(/^\[|\]$/g, '')
  return { host: host === '' ? '0.0.0.0' : host, port }
}

function checkAddress(name: string, address: string): void {
  if (!isAddress(address)) throw wrongOption(name, `host:port or a ws:// or wss:// URL, not ${JSON.stringify(address)}`)
}

function checkSetting(name: string, setting: Setting<unknown>, value: unknown): void {
  if (setting.type === 'list') {
    if (!Array.isArray(value) || value.some((item) => typeof item !== 'string' || item === '')) {
      throw wrongOption(name, 'a list of strings')
    }
    return
  }
  if (typeof value !== setting.type) throw wrongOption(name, `a ${setting.type}, not ${typeof value}`)
  if (setting.choices?.includes(String(value)) === false)
    throw wrongOption(name, `one of ${setting.choices.join(', ')}`)
  if (typeof value !== 'number') return
  const { least = 0, most = Number.MAX_SAFE_INTEGER } = setting
  if (!Number.isInteger(value) || value < least || value > most)
    throw wrongOption(name, `a whole number from ${least} to ${most}`)
}

export function wrongOption(name: string, expected: string): HearsayError {
  return new HearsayError('ERR_INVALID_ARGUMENT', `${name} must be ${expected}`)
}

function defaultName(): string {
  const name = hostname()
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 63)
  return isNodeName(name) ? name : 'node'
}
