/**
 * What a client may ask, as fields behind `[type, id`. Checked on the way in: keys, values, ranges, names, counts.
 */

import type { Change } from '../core/change.ts'
import type { KeyRange } from '../core/range.ts'
import type { Request } from './client-messages.ts'
import type { Packable } from './codec.ts'
import { readKey, readNodeName, readValue } from './fields.ts'
import type { FrameReader } from './frame-reader.ts'
import { BOUND_BYTES_MAX, CELLS_MAX, CHANGES_MAX, REFUSED_MAX, TTL_MS_MAX } from './limits.ts'
import type { Forms } from './session-form.ts'
import { ID_MAX } from './session-form.ts'
import { packWords, readKs } from './word-fields.ts'

export const REQUEST_TYPE: Readonly<Record<Request['kind'], number>> = {
  get: 1,
  write: 2,
  scan: 3,
  watch: 4,
  unwatch: 5,
  status: 6,
  members: 7,
  fault: 8,
  ping: 9,
  forget: 10,
  sync: 11,
  resetClock: 12,
  conflicts: 13,
  sketch: 14,
  resolve: 15,
  backup: 16,
}

export function packRequest(request: Request): Packable[] {
  switch (request.kind) {
    case 'get':
      return [request.key, request.wantValue]
    case 'write':
      return [request.changes.map((change) => [change.key, change.value ?? null, change.ttlMs ?? null])]
    case 'scan': {
      const { range, reverse, limit, wantValues, wantTombstones } = request
      return [packRange(range), reverse, limit, wantValues, wantTombstones]
    }
    case 'watch':
      return [packRange(request.range)]
    case 'unwatch':
      return [request.watch]
    case 'fault':
      return [request.refuse]
    case 'forget':
      return [request.name]
    case 'sync':
      return [request.peer]
    case 'conflicts':
      return [request.prefix, request.limit]
    case 'sketch':
      return [request.cells]
    case 'resolve':
      return [packWords(request.ks)]
    case 'backup':
      return [request.offset]
    case 'status':
    case 'members':
    case 'ping':
    case 'resetClock':
      return []
  }
}

export const REQUEST_FORMS: Forms<Request> = {
  [REQUEST_TYPE.get]: {
    fields: 2,
    read: (reader, id) => ({ kind: 'get', id, key: readKey(reader), wantValue: reader.boolean('wantValue') }),
  },
  [REQUEST_TYPE.write]: { fields: 1, read: (reader, id) => ({ kind: 'write', id, changes: readChanges(reader) }) },
  [REQUEST_TYPE.scan]: {
    fields: 5,
    read: (reader, id) => ({
      kind: 'scan',
      id,
      range: readRange(reader),
      reverse: reader.boolean('reverse'),
      limit: reader.integer(0, Number.MAX_SAFE_INTEGER, 'limit'),
      wantValues: reader.boolean('wantValues'),
      wantTombstones: reader.boolean('wantTombstones'),
    }),
  },
  [REQUEST_TYPE.watch]: { fields: 1, read: (reader, id) => ({ kind: 'watch', id, range: readRange(reader) }) },
  [REQUEST_TYPE.unwatch]: {
    fields: 1,
    read: (reader, id) => ({ kind: 'unwatch', id, watch: reader.integer(1, ID_MAX, 'watch') }),
  },
  [REQUEST_TYPE.status]: { fields: 0, read: (_, id) => ({ kind: 'status', id }) },
  [REQUEST_TYPE.members]: { fields: 0, read: (_, id) => ({ kind: 'members', id }) },
  [REQUEST_TYPE.fault]: { fields: 1, read: (reader, id) => ({ kind: 'fault', id, refuse: readNames(reader) }) },
  [REQUEST_TYPE.ping]: { fields: 0, read: (_, id) => ({ kind: 'ping', id }) },
  [REQUEST_TYPE.forget]: { fields: 1, read: (reader, id) => ({ kind: 'forget', id, name: readNodeName(reader) }) },
  [REQUEST_TYPE.sync]: { fields: 1, read: (reader, id) => ({ kind: 'sync', id, peer: readNodeName(reader) }) },
  [REQUEST_TYPE.resetClock]: { fields: 0, read: (_, id) => ({ kind: 'resetClock', id }) },
  [REQUEST_TYPE.conflicts]: {
    fields: 2,
    read: (reader, id) => ({
      kind: 'conflicts',
      id,
      prefix: reader.text(BOUND_BYTES_MAX, 'prefix'),
      limit: reader.integer(0, Number.MAX_SAFE_INTEGER, 'limit'),
    }),
  },
  [REQUEST_TYPE.sketch]: {
    fields: 1,
    read: (reader, id) => ({ kind: 'sketch', id, cells: reader.integer(1, CELLS_MAX, 'cells') }),
  },
  [REQUEST_TYPE.backup]: {
    fields: 1,
    read: (reader, id) => ({ kind: 'backup', id, offset: reader.integer(0, Number.MAX_SAFE_INTEGER, 'offset') }),
  },
  [REQUEST_TYPE.resolve]: { fields: 1, read: (reader, id) => ({ kind: 'resolve', id, ks: readKs(reader) }) },
}

function readChanges(reader: FrameReader): readonly Change[] {
  const length = reader.arrayLength(CHANGES_MAX, 'changes')
  if (length === 0) reader.fail('a change in a write')
  const changes: Change[] = []
  for (let i = 0; i < length; i++) {
    reader.array(3, 'change')
    changes.push(readChange(reader))
  }
  return changes
}

function readChange(reader: FrameReader): Change {
  const key = readKey(reader)
  const value = readValue(reader)
  const ttlMs = reader.skipNil() ? undefined : reader.integer(1, TTL_MS_MAX, 'ttlMs')
  if (value === undefined && ttlMs !== undefined) reader.fail('no ttl of a delete')
  return { key, value, ttlMs }
}

function readNames(reader: FrameReader): readonly string[] {
  const length = reader.arrayLength(REFUSED_MAX, 'names')
  const names: string[] = []
  for (let i = 0; i < length; i++) names.push(readNodeName(reader))
  return names
}

function packRange(range: KeyRange): Packable {
  return [range.gt ?? null, range.gte ?? null, range.lt ?? null, range.lte ?? null]
}

function readRange(reader: FrameReader): KeyRange {
  reader.array(4, 'range')
  const gt = readBound(reader)
  const gte = readBound(reader)
  const lt = readBound(reader)
  const lte = readBound(reader)
  if ((gt !== undefined && gte !== undefined) || (lt !== undefined && lte !== undefined)) {
    reader.fail('one bound on each side of a range')
  }
  const lower = gt !== undefined ? { gt } : gte !== undefined ? { gte } : {}
  const upper = lt !== undefined ? { lt } : lte !== undefined ? { lte } : {}
  return { ...lower, ...upper }
}

function readBound(reader: FrameReader): string | undefined {
  if (reader.skipNil()) return undefined
  const bound = reader.text(BOUND_BYTES_MAX, 'bound')
  return bound === '' ? reader.fail('a bound that is not empty') : bound
}
