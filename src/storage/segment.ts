/**
 * A segment is one file of the log: a header that says whose it is and where it belongs, then records. A checkpoint is a
 * file of the same form, which stands for all segments before the one of its number. This file owns their names, the
 * bytes of the header, and the order of steps that makes a new segment safe: header, sync, folder, and only then records.
 */

import { crc32 } from 'node:zlib'
import { HearsayError } from '../core/errors.ts'
import type { Disk, DiskFile, SystemError } from '../core/ports.ts'

export const LOG_FORMAT = 1
/** What a cluster's or node's name may take in a header. */
export const NAME_BYTES_MAX = 255
/** The longest header of this format; a reader asks for this much before it knows better. */
export const HEADER_BYTES_MAX: number = 29 + 2 * (1 + NAME_BYTES_MAX) + 4
/** A checkpoint until it is whole. */
export const CHECKPOINT_DRAFT = 'checkpoint.tmp'

const MAGIC: Buffer = Buffer.from('hearsay\n', 'latin1')
const FIXED_BYTES = 29
/** `successor`: a segment that is of no use without the checkpoint of its number. */
const KINDS = { segment: 1, checkpoint: 2, successor: 3 } as const
const CRC_BYTES = 4

export interface Owner {
  readonly cluster: string
  readonly name: string
}

export type FileKind = keyof typeof KINDS

/** Where a file belongs in the log. */
export interface FilePlace {
  readonly kind: FileKind
  /** Of a checkpoint: of the first segment behind it. */
  readonly number: number
  /** Position of the first record; a checkpoint counts from where the first segment behind it begins. */
  readonly base: number
  /** Drawn for the log when it was begun; a record of another log is not valid here. */
  readonly salt: number
}

export interface SegmentHeader extends Owner, FilePlace {
  /** Where the records begin in the file. */
  readonly headerBytes: number
}

/** A segment that records are appended to. */
export interface OpenSegment {
  readonly number: number
  readonly file: DiskFile
  /** Bytes of the file: where the next record goes. */
  readonly bytes: number
  readonly headerBytes: number
}

export type HeaderRead =
  | { readonly kind: 'header'; readonly header: SegmentHeader }
  /** A sentence's end: `00000001.log …`. */
  | { readonly kind: 'foreign'; readonly because: string }
  | { readonly kind: 'broken' }
  /** Not even one that was written in part. */
  | { readonly kind: 'strange' }

const ENDINGS: Readonly<Record<FileKind, string>> = { segment: '.log', checkpoint: '.checkpoint', successor: '.log' }

export function segmentName(number: number): string {
  return fileName('segment', number)
}

export function fileName(kind: FileKind, number: number): string {
  return `${String(number).padStart(8, '0')}${ENDINGS[kind]}`
}

/** The number in the name of a file of this kind; `undefined` for any other file. */
export function fileNumber(kind: FileKind, name: string): number | undefined {
  const number = /^\d{8,10}\./.test(name) ? Number.parseInt(name, 10) : 0
  return number >= 1 && number <= 0xffffffff && fileName(kind, number) === name ? number : undefined
}

/** Throws `ERR_INVALID_ARGUMENT` when a name is too long for a header. */
export function encodeHeader(owner: Owner, { kind, number, base, salt }: FilePlace): Buffer {
  const cluster = nameBytes(owner.cluster)
  const name = nameBytes(owner.name)
  const bytes = Buffer.alloc(FIXED_BYTES + 1 + cluster.length + 1 + name.length + CRC_BYTES)
  MAGIC.copy(bytes, 0)
  bytes.writeUInt16LE(LOG_FORMAT, 8)
  bytes.writeUInt16LE(bytes.length, 10)
  bytes.writeUInt32LE(number, 12)
  bytes.writeBigUInt64LE(BigInt(base), 16)
  bytes.writeUInt8(KINDS[kind], 24)
  bytes.writeUInt32LE(salt, 25)
  let at = bytes.writeUInt8(cluster.length, FIXED_BYTES)
  at += cluster.copy(bytes, at)
  at = bytes.writeUInt8(name.length, at)
  at += name.copy(bytes, at)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, at)), at)
  return bytes
}

function nameBytes(name: string): Buffer {
  const bytes = Buffer.from(name)
  if (bytes.length <= NAME_BYTES_MAX) return bytes
  throw new HearsayError('ERR_INVALID_ARGUMENT', `the name of a cluster or node is at most ${NAME_BYTES_MAX} bytes`)
}

/** Reads the header at the start of `bytes`, which hold `HEADER_BYTES_MAX` bytes or the whole file. */
export function decodeHeader(bytes: Buffer): HeaderRead {
  if (isStrange(bytes)) return { kind: 'strange' }
  if (bytes.length < FIXED_BYTES) return { kind: 'broken' }
  const headerBytes = bytes.readUInt16LE(10)
  const crcAt = headerBytes - CRC_BYTES
  if (crcAt < 12 || headerBytes > bytes.length) return { kind: 'broken' }
  if (crc32(bytes.subarray(0, crcAt)) !== bytes.readUInt32LE(crcAt)) return { kind: 'broken' }
  const format = bytes.readUInt16LE(8)
  if (format !== LOG_FORMAT) {
    return { kind: 'foreign', because: `has log format ${format}, and this version of hearsay reads ${LOG_FORMAT}` }
  }
  if (crcAt < FIXED_BYTES + 2) return { kind: 'broken' }
  const base = Number(bytes.readBigUInt64LE(16))
  const kind = kindOf(bytes.readUInt8(24))
  const clusterEnd = FIXED_BYTES + 1 + bytes.readUInt8(FIXED_BYTES)
  const nameEnd = clusterEnd + 1 + (bytes[clusterEnd] ?? 0)
  if (kind === undefined || nameEnd !== crcAt || !Number.isSafeInteger(base)) return { kind: 'broken' }
  const cluster = bytes.toString('utf8', FIXED_BYTES + 1, clusterEnd)
  const name = bytes.toString('utf8', clusterEnd + 1, nameEnd)
  const place = { kind, number: bytes.readUInt32LE(12), base, salt: bytes.readUInt32LE(25) }
  return { kind: 'header', header: { ...place, headerBytes, cluster, name } }
}

function kindOf(code: number): FileKind | undefined {
  for (const kind of ['segment', 'checkpoint', 'successor'] as const) if (KINDS[kind] === code) return kind
  return undefined
}

/** Not even a header that was written in part: a byte of the magic is something else, and not a zero. */
function isStrange(bytes: Buffer): boolean {
  for (let i = 0; i < Math.min(bytes.length, MAGIC.length); i++) {
    if (bytes[i] !== 0 && bytes[i] !== MAGIC[i]) return true
  }
  return false
}

/**
 * Makes the segment and everything about it durable, then calls back. What a crash left of an earlier try is
 * overwritten; the caller knows that there are no records in it.
 */
export function createSegment(
  disk: Disk,
  owner: Owner,
  place: FilePlace,
  done: (error: SystemError | undefined, segment: OpenSegment | undefined) => void,
): void {
  const { number } = place
  const header = encodeHeader(owner, place)
  disk.open(segmentName(number), true, (openError, file) => {
    if (openError !== undefined || file === undefined) return done(openError, undefined)
    const fail = (error: SystemError): void => file.close(() => done(error, undefined))
    const write = (): void =>
      file.write(0, [header], (writeError) => {
        if (writeError !== undefined) return fail(writeError)
        file.sync((syncError) => {
          if (syncError !== undefined) return fail(syncError)
          disk.syncFolder((folderError) => {
            if (folderError !== undefined) return fail(folderError)
            done(undefined, { number, file, bytes: header.length, headerBytes: header.length })
          })
        })
      })
    if (file.sizeAtOpen === 0) return write()
    file.truncate(0, (error) => (error === undefined ? write() : fail(error)))
  })
}
