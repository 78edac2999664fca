/**
 * The messages of a deep pull: questions of the asker, each with its one answer of the giver. Numbers go as words
 * (word-fields.ts); entries and vectors as everywhere.
 */

import type { OriginId } from '../core/origin.ts'
import type { Answer, Compare, RepairBody, SketchPart, SketchView } from '../core/repair-message.ts'
import type { Packable } from './codec.ts'
import { OriginTable, packEntries, readEntries, readOrigins } from './entry-list.ts'
import { packSeen, packState, readExchange, readIndex, readSeen, readState } from './exchange-form.ts'
import { readHash, readHashOrNil, readNils, readOrigin } from './fields.ts'
import type { FrameReader } from './frame-reader.ts'
import { CELLS_MAX, DEPTH_MAX, KS_MAX } from './limits.ts'
import { type BodyForms, PEER_TYPE } from './peer-form.ts'
import { packWords, readCellsFrom, readEstimator, readKs, readPairs, readRanges, readSums } from './word-fields.ts'

export function packRepair(body: RepairBody): Packable[] {
  switch (body.kind) {
    case 'compare':
      return [body.exchange, body.from, body.to, ...packSeen(body.seen), body.rest ?? null]
    case 'sketch':
      return packSketch(body)
    case 'split':
    case 'list':
      return [body.exchange, body.depth, packWords(body.ranges)]
    case 'parts':
      return [body.exchange, body.giver, body.depth, packWords(body.ranges), packWords(body.sums)]
    case 'listed':
      return [body.exchange, body.giver, body.depth, packWords(body.ranges), packWords(body.pairs)]
    case 'want':
      return [body.exchange, body.batch, packWords(body.ks)]
    case 'answer':
      return packAnswer(body)
  }
}

export const REPAIR_FORMS: BodyForms<RepairBody> = {
  [PEER_TYPE.compare]: { fields: 6, read: readCompare },
  [PEER_TYPE.sketch]: { fields: 11, read: readSketch },
  [PEER_TYPE.split]: {
    fields: 3,
    read: (reader) => {
      const exchange = readExchange(reader)
      const depth = readSplitDepth(reader)
      return { kind: 'split', exchange, depth, ranges: readRanges(reader, depth) }
    },
  },
  [PEER_TYPE.parts]: {
    fields: 5,
    read: (reader) => {
      const exchange = readExchange(reader)
      const giver = readOrigin(reader)
      const depth = readSplitDepth(reader)
      const ranges = readRanges(reader, depth)
      return { kind: 'parts', exchange, giver, depth, ranges, sums: readSums(reader, ranges.length) }
    },
  },
  [PEER_TYPE.list]: {
    fields: 3,
    read: (reader) => {
      const exchange = readExchange(reader)
      const depth = readListDepth(reader)
      return { kind: 'list', exchange, depth, ranges: readRanges(reader, depth) }
    },
  },
  [PEER_TYPE.listed]: {
    fields: 5,
    read: (reader) => {
      const exchange = readExchange(reader)
      const giver = readOrigin(reader)
      const depth = readListDepth(reader)
      const ranges = readRanges(reader, depth)
      return { kind: 'listed', exchange, giver, depth, ranges, pairs: readPairs(reader) }
    },
  },
  [PEER_TYPE.want]: {
    fields: 3,
    read: (reader) => {
      const exchange = readExchange(reader)
      const batch = readIndex(reader, 'batch')
      const ks = readKs(reader)
      if (ks.length === 0) reader.fail('a k in a want')
      return { kind: 'want', exchange, batch, ks }
    },
  },
  [PEER_TYPE.answer]: { fields: 6, read: readAnswer },
}

// A range of the last depth is not split any more, and all of k is never listed.
function readSplitDepth(reader: FrameReader): number {
  return reader.integer(0, DEPTH_MAX - 1, 'depth')
}

function readListDepth(reader: FrameReader): number {
  return reader.integer(1, DEPTH_MAX, 'depth')
}

function readCompare(reader: FrameReader): Compare {
  const exchange = readExchange(reader)
  const from = reader.integer(0, CELLS_MAX, 'from')
  const to = reader.integer(from, CELLS_MAX, 'to')
  const seen = readSeen(reader)
  return { kind: 'compare', exchange, from, to, seen, rest: readHashOrNil(reader, 'rest') }
}

function packSketch({ exchange, giver, from, cells, view }: SketchPart): Packable[] {
  const table = new OriginTable()
  const state = packState(view, table)
  const whole = view === undefined ? [null, null, null] : [view.count, view.sum, view.estimator]
  return [exchange, giver, from, cells, table.pack(), ...state, ...whole]
}

function readSketch(reader: FrameReader): SketchPart {
  const exchange = readExchange(reader)
  const giver = readOrigin(reader)
  const from = reader.integer(0, CELLS_MAX, 'from')
  const cells = readCellsFrom(reader, from)
  const origins = readOrigins(reader)
  return { kind: 'sketch', exchange, giver, from, cells, view: readView(reader, origins) }
}

function readView(reader: FrameReader, origins: readonly OriginId[]): SketchView | undefined {
  const state = readState(reader, origins)
  if (state === undefined) {
    readNils(reader, 3, 'the view of a sketch')
    return undefined
  }
  const count = reader.integer(0, Number.MAX_SAFE_INTEGER, 'count')
  const sum = readHash(reader, 'sum')
  return { ...state, count, sum, estimator: readEstimator(reader) }
}

function packAnswer({ exchange, giver, batch, answered, entries }: Answer): Packable[] {
  const table = new OriginTable()
  const packed = packEntries(entries, table)
  return [exchange, giver, batch, answered, table.pack(), packed]
}

function readAnswer(reader: FrameReader): Answer {
  const exchange = readExchange(reader)
  const giver = readOrigin(reader)
  const batch = readIndex(reader, 'batch')
  const answered = reader.integer(1, KS_MAX, 'answered')
  return { kind: 'answer', exchange, giver, batch, answered, entries: readEntries(reader, readOrigins(reader), false) }
}
