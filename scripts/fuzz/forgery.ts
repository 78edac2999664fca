/**
 * Files of a log that say something else under right checksums, so that what lies behind the checksum is met: a header,
 * the frame of a record, or its body, with all that follows moved along.
 */

import { crc32 } from 'node:zlib'
import { type Chance, concat } from './chance.ts'
import type { TrueLog, TrueRecord } from './true-log.ts'

const FRAME_BYTES = 20

export interface Mutation {
  readonly image: Map<string, Uint8Array>
  readonly what: readonly string[]
  /** Index of the record whose body is another, under a right checksum, and that body. */
  readonly forged: { readonly index: number; readonly body: Buffer } | undefined
  /** A header says something else under a right checksum: what a file claims of itself may be untrue then. */
  readonly isHeaderForged: boolean
  /** Such a header is of a newer format, and nothing else is changed. */
  readonly isNewer: boolean
}

export function forgeHeader(truth: TrueLog, chance: Chance): Mutation {
  const name = chance.pick(truth.files)
  const bytes = Buffer.from(truth.image.get(name) ?? [])
  const isNewer = chance.below(3) === 0
  const at = isNewer ? 8 : chance.pick([8, 10, 12, 16, 22, 24, 25, 29, 30 + chance.below(20)])
  if (isNewer) bytes.writeUInt16LE(2 + chance.below(0xfffe), 8)
  else bytes[at] = chance.below(256)
  const end = Math.max(4, Math.min(bytes.readUInt16LE(10), bytes.length)) - 4
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end)
  const what = [`${name}: header forged at ${at}`]
  return { image: new Map(truth.image).set(name, bytes), what, forged: undefined, isHeaderForged: true, isNewer }
}

/** Another length, position or unsynced. */
export function forgeFrame(truth: TrueLog, chance: Chance): Mutation {
  const index = chance.below(truth.list.length)
  const { file, offset, end } = truth.list[index] as TrueRecord
  const bytes = Buffer.from(truth.image.get(file) ?? [])
  const at = 4 + chance.below(16)
  bytes[offset + at] = chance.pick([0, 1, 0xff, 0x80, chance.below(256)])
  seal(bytes, offset, end, saltOf(truth))
  const what = [`${file}: frame at ${offset} forged at ${at}`]
  return {
    image: new Map(truth.image).set(file, bytes),
    what,
    forged: undefined,
    isHeaderForged: false,
    isNewer: false,
  }
}

export function forgeBody(truth: TrueLog, chance: Chance): Mutation {
  const index = chance.below(truth.list.length)
  const { file, offset, end } = truth.list[index] as TrueRecord
  const old = Buffer.from(truth.image.get(file) ?? []).subarray(offset + FRAME_BYTES, end)
  const [what, body] = spoilBody(old, chance)
  const image = linked(truth, index, body)
  return {
    image,
    what: [`${file}: body at ${offset}: ${what}`],
    forged: { index, body },
    isHeaderForged: false,
    isNewer: false,
  }
}

/** Type and body, any bytes of them. At least one is left. */
function spoilBody(old: Buffer, chance: Chance): [string, Buffer] {
  const { from, to } = chance.span(old.length)
  const bytes = Buffer.from(old)
  const at = chance.below(old.length)
  switch (chance.below(9)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8))
      return [`a bit of ${at}`, bytes]
    case 1:
      bytes[at] = chance.pick([0, 1, 0x7f, 0x80, 0xc0, 0xed, 0xf5, 0xff, chance.below(256)])
      return [`byte ${at}`, bytes]
    case 2: {
      const huge = Buffer.from(
        chance.pick([
          [0xff, 0xff, 0xff, 0xff, 0x0f],
          [0xff, 0xff, 0xff, 0xff, 0x7f],
          [0x80, 0x80, 0x00],
          [0xff, 0x7f],
        ]),
      )
      return [`a large count at ${at}`, concat(old.subarray(0, at), huge, old.subarray(at + 1))]
    }
    case 3:
      bytes.fill(0xff, at, Math.min(old.length, at + 7))
      return [`a time out of range at ${at}`, bytes]
    case 4:
      chance.bytes(to - from).copy(bytes, from)
      return [`overwritten from ${from} to ${to}`, bytes]
    case 5:
      return [`doubled from ${from} to ${to}`, concat(old.subarray(0, to), old.subarray(from))]
    case 6: {
      const left = concat(old.subarray(0, from), old.subarray(to))
      return [`removed from ${from} to ${to}`, left.length > 0 ? left : Buffer.of(old[0] ?? 0)]
    }
    case 7: {
      const mid = from + chance.below(to - from + 1)
      const swapped = [old.subarray(0, from), old.subarray(mid, to), old.subarray(from, mid), old.subarray(to)]
      return [`swapped from ${from} to ${to}`, concat(...swapped)]
    }
    default:
      bytes[0] = chance.below(18)
      return [`type ${bytes[0]}`, bytes]
  }
}

/** The files with another body for one record, and all that follows moved along: positions, bases, checksums. */
function linked(truth: TrueLog, index: number, body: Buffer): Map<string, Uint8Array> {
  const { file, offset, end } = truth.list[index] as TrueRecord
  const image = new Map(truth.image)
  const grown = FRAME_BYTES + body.length - (end - offset)
  const salt = saltOf(truth)
  const isMoved = new Set(file === truth.files[0] ? [file] : truth.files.slice(truth.files.indexOf(file)))
  for (const name of isMoved) {
    const old = Buffer.from(image.get(name) ?? [])
    const parts = [headerOf(old, name === file ? 0 : grown)]
    for (const [i, record] of truth.list.entries()) {
      if (record.file !== name) continue
      const isIt = i === index
      const bytes = isIt
        ? concat(old.subarray(offset, offset + FRAME_BYTES), body)
        : Buffer.from(old.subarray(record.offset, record.end))
      bytes.writeUInt32LE(bytes.length - FRAME_BYTES, 4)
      bytes.writeBigUInt64LE(BigInt(record.position + (i > index ? grown : 0)), 8)
      seal(bytes, 0, bytes.length, salt)
      parts.push(bytes)
    }
    image.set(name, concat(...parts))
  }
  return image
}

function headerOf(file: Buffer, grown: number): Buffer {
  const bytes = Buffer.from(file.subarray(0, file.readUInt16LE(10)))
  bytes.writeBigUInt64LE(bytes.readBigUInt64LE(16) + BigInt(grown), 16)
  const end = bytes.length - 4
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end)
  return bytes
}

function seal(bytes: Buffer, offset: number, end: number, salt: number): void {
  bytes.writeUInt32LE(crc32(bytes.subarray(offset + 4, end), salt), offset)
}

function saltOf({ image, files }: TrueLog): number {
  return Buffer.from(image.get(files[0] ?? '') ?? new Uint8Array(29)).readUInt32LE(25)
}
