/** Hosts over simulated disks and links in memory, on virtual time; what they log is kept. */

import { SimDisk } from '../../sim/disk.ts'
import { systemError } from '../../sim/disk-fault.ts'
import { DIAL_DEFAULTS } from '../../src/core/dialer.ts'
import type { Version } from '../../src/core/entry.ts'
import type { HearsayError } from '../../src/core/errors.ts'
import type { Disk, DiskFile, LinkEvents, Logger } from '../../src/core/ports.ts'
import { REPLICA_DEFAULTS } from '../../src/core/replica-options.ts'
import { seededRng } from '../../src/core/rng.ts'
import { Host } from '../../src/host/host.ts'
import { HOST_DEFAULTS } from '../../src/host/host-options.ts'
import { LINK_DEFAULTS } from '../../src/host/links.ts'
import { MemoryNet } from '../suites/memory-net.ts'
import { VirtualTime } from '../suites/virtual-time.ts'

export interface Logged {
  readonly level: string
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Started {
  readonly host: Host
  readonly logged: Logged[]
  /** What `start` called back with. */
  readonly started: (string | undefined)[]
  readonly fatal: HearsayError[]
}

export class DiskStage {
  readonly time = new VirtualTime()
  readonly net = new MemoryNet(this.time)
  #count = 0

  disk(): SimDisk {
    const rng = seededRng(++this.#count)
    return new SimDisk({
      rng,
      schedule: (delayMs, call) => void this.time.after(delayMs, call),
      tell: (call) => call(),
    })
  }

  host(name: string, disk: Disk | undefined, seeds: readonly string[] = []): Started {
    const logged: Logged[] = []
    const log =
      (level: string) =>
      (fields: object, text: string): void =>
        void logged.push({ level, text, fields: { ...fields } })
    const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
    const fatal: HearsayError[] = []
    const host = new Host(
      {
        name,
        cluster: 'c',
        address: name,
        seeds,
        dataDir: disk && name,
        fsync: 'always',
        fsyncIntervalMs: 100,
        segmentBytesMax: 1 << 20,
        faults: false,
        replica: REPLICA_DEFAULTS,
        dial: DIAL_DEFAULTS,
        links: LINK_DEFAULTS,
        limits: HOST_DEFAULTS,
      },
      {
        clock: this.time,
        timers: this.time,
        rng: seededRng(++this.#count),
        disk,
        transport: this.net,
        logger,
        onFatal: (error) => fatal.push(error),
      },
    )
    this.net.listen(name, (link) => {
      const events = host.isListening ? host.accept(link) : undefined
      if (events === undefined) link.close('not now')
      else events.opened()
      return events ?? NOBODY
    })
    const started: (string | undefined)[] = []
    host.start((error) => started.push(error?.code))
    return { host, logged, started, fatal }
  }
}

const NOBODY: LinkEvents = { opened() {}, frame() {}, drained() {}, closed() {} }

/** Every sync fails from now on. */
export function killDisk(disk: SimDisk): void {
  disk.onOperation((verb) => (verb === 'sync' ? systemError('EIO', 'input/output error') : undefined))
}

/** What a write came to, once it did. */
export function put(host: Host, key: string, text: string): { error?: HearsayError | undefined; version?: Version } {
  const outcome: { error?: HearsayError | undefined; version?: Version } = {}
  host.write([{ key, value: Buffer.from(text) }], (error, version) => {
    outcome.error = error
    if (version !== undefined) outcome.version = version
  })
  return outcome
}

export function textOf(host: Host, key: string): string | undefined {
  const entry = host.get(key)
  return entry?.kind === 'live' ? Buffer.from(entry.value).toString() : undefined
}

/** The disk, but reads of files whose name ends like this wait for `release`, one at a time. */
export function holdReads(disk: Disk, ending: string): { readonly disk: Disk; release(): boolean } {
  const held: (() => void)[] = []
  const slow = (file: DiskFile): DiskFile => ({
    sizeAtOpen: file.sizeAtOpen,
    read: (position, length, done) => void held.push(() => file.read(position, length, done)),
    write: (position, chunks, done) => file.write(position, chunks, done),
    sync: (done) => file.sync(done),
    truncate: (size, done) => file.truncate(size, done),
    close: (done) => file.close(done),
  })
  return {
    disk: {
      list: (done) => disk.list(done),
      open: (name, create, done) =>
        disk.open(name, create, (error, file) => done(error, file && name.endsWith(ending) ? slow(file) : file)),
      remove: (name, done) => disk.remove(name, done),
      rename: (from, to, done) => disk.rename(from, to, done),
      syncFolder: (done) => disk.syncFolder(done),
      close: (done) => disk.close(done),
    },
    release() {
      const read = held.shift()
      read?.()
      return read !== undefined
    },
  }
}
