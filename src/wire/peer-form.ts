/**
 * The types of messages between nodes, and the form of each: how many fields follow `[type, row`, and how they are
 * read. A number once given never gets another meaning within one wire version.
 */

import type { Body } from '../core/message.ts'
import type { FrameReader } from './frame-reader.ts'

export const PEER_TYPE: Readonly<Record<Body['kind'] | 'hello', number>> = {
  hello: 0,
  row: 1,
  push: 2,
  digest: 3,
  same: 4,
  pull: 5,
  piece: 6,
  ended: 7,
  gone: 8,
  whole: 9,
  unsafe: 10,
  compare: 11,
  sketch: 12,
  split: 13,
  parts: 14,
  list: 15,
  listed: 16,
  want: 17,
  answer: 18,
}

export interface BodyForm<T extends Body> {
  readonly fields: number
  readonly read: (reader: FrameReader) => T
}

/** By type. */
export type BodyForms<T extends Body> = Readonly<Record<number, BodyForm<T>>>
