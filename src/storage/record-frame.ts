/**
 * The frame around each record on disk: CRC, length, position, and how far the log was synced when the record was made.
 * A frame that checks out was written whole, and written here. What is inside is the record encoder's and decoder's.
 * Layout in FORMAT.md.
 */

import { crc32 } from 'node:zlib'
import { invariant } from '../core/errors.ts'

/** Bytes in front of the type byte. */
export const FRAME_BYTES = 20
/** Type and body of one record. */
export const RECORD_BYTES_MAX: number = 64 * 1024 * 1024

const CRC_BYTES = 4
const LENGTH_AT = 4
const POSITION_AT = 8
const UNSYNCED_AT = 16
const UNSYNCED_UNKNOWN = 0xffffffff
const TWO_32 = 0x1_0000_0000

/** Where a record belongs. */
export interface FramePlace {
  readonly position: number
  /** Bytes right before it that are not known to be synced. */
  readonly unsynced: number
}

/** Completes the record whose type and body are already at `start + FRAME_BYTES` to `end`. */
export function sealFrame(bytes: Buffer, start: number, end: number, salt: number, place: FramePlace): void {
  const { position, unsynced } = place
  const length = end - start - FRAME_BYTES
  invariant(length >= 1 && length <= RECORD_BYTES_MAX, 'a log record is 1 byte to 64 MiB')
  bytes.writeUInt32LE(length, start + LENGTH_AT)
  bytes.writeUInt32LE(position % TWO_32, start + POSITION_AT)
  bytes.writeUInt32LE(Math.floor(position / TWO_32), start + POSITION_AT + 4)
  bytes.writeUInt32LE(Math.min(unsynced, UNSYNCED_UNKNOWN), start + UNSYNCED_AT)
  bytes.writeUInt32LE(crc32(bytes.subarray(start + CRC_BYTES, end), salt), start)
}

/** Bytes of type and body that the frame at `at` claims, or −1 when no record has that length. */
export function frameLength(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32LE(at + LENGTH_AT)
  return length >= 1 && length <= RECORD_BYTES_MAX ? length : -1
}

/** Whether the frame at `at` says that it belongs at `position`. */
export function isFrameAt(bytes: Buffer, at: number, position: number): boolean {
  return (
    bytes.readUInt32LE(at + POSITION_AT) === position % TWO_32 &&
    bytes.readUInt32LE(at + POSITION_AT + 4) === Math.floor(position / TWO_32)
  )
}

/** Whether the frame at `at` names a position that a log may reach: most bytes that are none do not. */
export function isFramePlausible(bytes: Buffer, at: number): boolean {
  return bytes.readUInt16LE(at + POSITION_AT + 6) === 0
}

/** Whether the CRC of the frame at `at` is right. All its bytes must be there. */
export function isFrameWhole(bytes: Buffer, at: number, length: number, salt: number): boolean {
  return bytes.readUInt32LE(at) === crc32(bytes.subarray(at + CRC_BYTES, at + FRAME_BYTES + length), salt)
}

/** The position up to which the log was synced when the record at `position` was made; −1 when it does not say. */
export function syncedBefore(bytes: Buffer, at: number, position: number): number {
  const unsynced = bytes.readUInt32LE(at + UNSYNCED_AT)
  return unsynced === UNSYNCED_UNKNOWN ? -1 : position - unsynced
}
