/**
 * What a node may answer to a client, as fields behind `[type, id`. Checked on the way in like everything else: a
 * client trusts no node with its memory.
 */

import type { Entry, Version } from '../core/entry.ts'
import { ERROR_CODES, type ErrorCode } from '../core/errors.ts'
import type { Reply } from './client-messages.ts'
import { type Packable, wellFormed } from './codec.ts'
import { OriginTable, packEntries, readEntries, readOrigins } from './entry-list.ts'
import { readHash, readLabel, readOrigin, readTime } from './fields.ts'
import type { FrameReader } from './frame-reader.ts'
import { BACKUP_CHUNK_BYTES_MAX, ERROR_CHARS_MAX, REPORT_BYTES_MAX } from './limits.ts'
import type { Forms } from './session-form.ts'
import { readCells, readEstimator } from './word-fields.ts'

export const REPLY_TYPE: Readonly<Record<Reply['kind'], number>> = {
  entry: 32,
  written: 33,
  page: 34,
  events: 35,
  report: 36,
  done: 37,
  error: 38,
  sketch: 39,
  chunk: 40,
}

export function packReply(reply: Reply): Packable[] {
  switch (reply.kind) {
    case 'entry':
      return [...packList(reply.entry === undefined ? [] : [reply.entry]), reply.stalenessMs ?? null]
    case 'written':
      return [reply.version.time, reply.version.origin]
    case 'page':
      return [...packList(reply.entries), reply.more]
    case 'events':
      return [...packList(reply.entries), reply.ready]
    case 'report':
      return [JSON.stringify(reply.report) ?? 'null']
    case 'sketch':
      return [reply.view.count, reply.view.sum, reply.view.estimator, reply.cells]
    case 'chunk':
      return [reply.bytes, reply.more]
    case 'done':
      return []
    case 'error':
      // Texts of errors come from anywhere: the disk, a codec, a caller's own code.
      return [reply.code, wellFormed(reply.message.slice(0, ERROR_CHARS_MAX)), reply.maybeApplied]
  }
}

function packList(entries: readonly Entry[]): Packable[] {
  const table = new OriginTable()
  const packed = packEntries(entries, table)
  return [table.pack(), packed]
}

export const REPLY_FORMS: Forms<Reply> = {
  [REPLY_TYPE.entry]: {
    fields: 3,
    read: (reader, id) => {
      const entries = readList(reader, false)
      if (entries.length > 1) reader.fail('one entry or none')
      return { kind: 'entry', id, entry: entries[0], stalenessMs: readStaleness(reader) }
    },
  },
  [REPLY_TYPE.written]: { fields: 2, read: (reader, id) => ({ kind: 'written', id, version: readVersion(reader) }) },
  [REPLY_TYPE.page]: {
    fields: 3,
    read: (reader, id) => {
      const entries = readList(reader, false)
      return { kind: 'page', id, entries, more: reader.boolean('more') }
    },
  },
  [REPLY_TYPE.events]: {
    fields: 3,
    read: (reader, id) => {
      const entries = readList(reader, true)
      return { kind: 'events', id, entries, ready: reader.boolean('ready') }
    },
  },
  [REPLY_TYPE.report]: { fields: 1, read: (reader, id) => ({ kind: 'report', id, report: readJson(reader) }) },
  [REPLY_TYPE.done]: { fields: 0, read: (_, id) => ({ kind: 'done', id }) },
  [REPLY_TYPE.error]: { fields: 3, read: readError },
  [REPLY_TYPE.sketch]: { fields: 4, read: readSketch },
  [REPLY_TYPE.chunk]: {
    fields: 2,
    read: (reader, id) => {
      const bytes = reader.bytes(BACKUP_CHUNK_BYTES_MAX, 'bytes')
      return { kind: 'chunk', id, bytes, more: reader.boolean('more') }
    },
  },
}

function readList(reader: FrameReader, mayBeExpired: boolean): readonly Entry[] {
  return readEntries(reader, readOrigins(reader), mayBeExpired)
}

function readStaleness(reader: FrameReader): number | undefined {
  return reader.skipNil() ? undefined : reader.integer(0, Number.MAX_SAFE_INTEGER, 'stalenessMs')
}

function readSketch(reader: FrameReader, id: number): Reply {
  const count = reader.integer(0, Number.MAX_SAFE_INTEGER, 'count')
  const sum = readHash(reader, 'sum')
  const estimator = readEstimator(reader)
  return { kind: 'sketch', id, cells: readCells(reader), view: { count, sum, estimator } }
}

function readVersion(reader: FrameReader): Version {
  const time = readTime(reader, 'time')
  return { time, origin: readOrigin(reader) }
}

function readJson(reader: FrameReader): unknown {
  const text = reader.text(REPORT_BYTES_MAX, 'report')
  try {
    return JSON.parse(text)
  } catch {
    return reader.fail('JSON: report')
  }
}

function readError(reader: FrameReader, id: number): Reply {
  const code = readLabel(reader, 'code')
  const text = reader.text(3 * ERROR_CHARS_MAX, 'message')
  if (text.length > ERROR_CHARS_MAX) reader.fail(`at most ${ERROR_CHARS_MAX} characters: message`)
  const maybeApplied = reader.boolean('maybeApplied')
  if (isErrorCode(code)) return { kind: 'error', id, code, message: text, maybeApplied }
  // A newer node may know more codes within one wire version.
  return { kind: 'error', id, code: 'ERR_PROTOCOL', message: `${code}: ${text}`, maybeApplied }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code)
}
