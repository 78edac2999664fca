/**
 * The form of a session's messages after the hellos: how many fields follow `[type, id`, and how they are read.
 */

import type { FrameReader } from './frame-reader.ts'

export interface Form<T> {
  readonly fields: number
  readonly read: (reader: FrameReader, id: number) => T
}

/** By type. */
export type Forms<T> = Readonly<Record<number, Form<T>>>

/** The greatest id of a request: a client counts up and never gets there. */
export const ID_MAX: number = Number.MAX_SAFE_INTEGER
