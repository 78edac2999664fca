/** Bugs between memory and disk, and in the bytes: records, log, recovery, wire. */

import type { Mutant } from './mutant.ts'

export const DISK_BUGS: readonly Mutant[] = [
  {
    id: 'acknowledged-unsynced',
    checker: 'I4',
    text: 'With fsync always a write is acknowledged before the sync.',
    file: 'src/storage/log.ts',
    find: "if (this.#options.fsync !== 'always')",
    replace: 'if (true)',
  },
  {
    id: 'acknowledged-unwritten',
    checker: 'I4',
    text: 'A write is acknowledged as soon as any record is safe, whether or not it is its own.',
    file: 'src/core/journal.ts',
    find: '<= index)',
    replace: '<= Number.POSITIVE_INFINITY && count < this.#waiting.length)',
  },
  {
    id: 'durable-unsynced',
    checker: 'I15',
    text: 'The log reports records durable when they are written and not yet synced.',
    file: 'src/storage/log.ts',
    find: "if (this.#options.fsync === 'never')",
    replace: 'if (true)',
  },
  {
    id: 'crc-not-checked',
    checker: 'I0',
    text: 'Recovery does not check the CRC, and takes a torn record for a whole one.',
    file: 'src/storage/record-frame.ts',
    find: 'return bytes.readUInt32LE(at) === crc32(bytes.subarray(at + CRC_BYTES, at + FRAME_BYTES + length));',
    replace: 'return true;',
  },
  {
    id: 'group-overwritten',
    checker: 'I4',
    text: 'A group of records is written where the one before it stands.',
    file: 'src/storage/log.ts',
    find: 'this.#segmentBytes += group.bytes;',
    replace: '',
  },
  {
    id: 'segment-name-unsynced',
    checker: 'I0',
    text: 'A new segment takes records before its name is durable.',
    file: 'src/storage/segment.ts',
    find: 'disk.syncFolder((folderError) => {',
    replace: '((done) => done(undefined))((folderError) => {',
  },
  {
    id: 'rotated-unsynced',
    checker: 'I0',
    text: 'A new segment is begun before the old one is synced, and a torn tail in the old one counts as damage.',
    file: 'src/storage/log.ts',
    find: 'else if (!isEmpty && isUnsynced)',
    replace: 'else if (false)',
  },
  {
    id: 'entry-lost-in-record',
    checker: 'I15',
    text: 'Of a batch the last change does not get into the log.',
    file: 'src/storage/record-encoder.ts',
    find: 'at = putVarint(bytes, at, entries.length);\n    for (const entry of entries) {',
    replace:
      'if (entries.length > 1) entries = entries.slice(0, -1);\n    at = putVarint(bytes, at, entries.length);\n    for (const entry of entries) {',
  },
  {
    id: 'vector-before-entries',
    checker: 'I7',
    text: 'V goes to the log in a record of its own, before the entries that it covers.',
    file: 'src/core/pushes.ts',
    find: "this.#outbox.append({ kind: 'write', origin: push.origin, upTo: push.upTo, entries: fresh });",
    replace:
      "this.#outbox.append({ kind: 'write', origin: push.origin, upTo: push.upTo, entries: [] }); this.#outbox.append({ kind: 'write', origin: push.origin, upTo: push.upTo, entries: fresh });",
  },
  {
    id: 'stage-not-logged',
    checker: 'I7',
    text: 'Pieces are staged in memory only, and the commit in the log claims what the log does not hold.',
    file: 'src/core/anti-entropy.ts',
    find: "this.#outbox.append({ kind: 'stage', exchange: piece.exchange, entries: piece.entries });",
    replace: '',
  },
  {
    id: 'value-cut-on-wire',
    checker: 'I5',
    text: 'Values lose their last byte on the wire when they are longer than three.',
    file: 'src/wire/frame-reader.ts',
    find: 'return this.#bytes.slice(start, this.#at);',
    replace: 'return this.#bytes.slice(start, length > 3 ? this.#at - 1 : this.#at);',
  },
  {
    id: 'time-rounded-on-wire',
    checker: 'I5',
    text: 'A pulled entry comes with its time rounded, so one version has several values.',
    file: 'src/wire/entry-list.ts',
    find: 'entries.push(readContent(reader, time, origin, mayBeExpired));',
    replace: 'entries.push(readContent(reader, time - (time % 65536), origin, mayBeExpired));',
  },
]
