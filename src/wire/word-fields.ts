/**
 * What a deep pull says in numbers: cells, sums, ks, ranges, pairs, each list as one run of bytes of unsigned 32-bit
 * words, low byte first. A word costs four bytes and no step of the reader. What is read is a copy at the start of
 * memory of its own; every count and every word that has a bound is checked.
 */

import type { FrameReader } from './frame-reader.ts'
import { CELLS_MAX, FIELD, KS_MAX, PAIRS_MAX, RANGES_MAX } from './limits.ts'

const WORD_BYTES = 4
const CELL_BYTES = 12
const ESTIMATOR_BYTES = 72
/** A range is split in 16, each with a count and two lanes of a hash. */
const RANGE_WORDS: number = 16 * 3

export function packWords(words: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(WORD_BYTES * words.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < words.length; i++) view.setUint32(WORD_BYTES * i, words[i] ?? 0, true)
  return bytes
}

/** Keys' hashes, each below `FIELD`. */
export function readKs(reader: FrameReader): readonly number[] {
  const ks = readWords(reader, KS_MAX, 'ks')
  for (const k of ks) checkField(reader, k, 'k')
  return Array.from(ks)
}

/** Numbers of `depth` hex digits, each once: an answer costs its giver work for every one. */
export function readRanges(reader: FrameReader, depth: number): readonly number[] {
  const ranges = readWords(reader, RANGES_MAX, 'ranges')
  const met = new Uint8Array(16 ** depth)
  for (const range of ranges) {
    if (range >= met.length) reader.fail(`a range of depth ${depth}`)
    if (met[range] !== 0) reader.fail('each range once')
    met[range] = 1
  }
  return Array.from(ranges)
}

/** The sums of so many ranges. */
export function readSums(reader: FrameReader, ranges: number): Uint32Array {
  const sums = readWords(reader, RANGE_WORDS * ranges, 'sums')
  return sums.length === RANGE_WORDS * ranges ? sums : reader.fail(`${RANGE_WORDS} sums for each range`)
}

/** (k, weight) after (k, weight). */
export function readPairs(reader: FrameReader): Uint32Array {
  const pairs = readWords(reader, 2 * PAIRS_MAX, 'pairs')
  if (pairs.length % 2 !== 0) reader.fail('a weight for each k')
  for (let i = 0; i < pairs.length; i += 2) checkField(reader, pairs[i] ?? 0, 'k')
  return pairs
}

/** Cells as they are: three words below `FIELD` each. */
export function readCells(reader: FrameReader): Uint8Array {
  const cells = reader.bytes(CELL_BYTES * CELLS_MAX, 'cells')
  if (cells.length % CELL_BYTES !== 0) reader.fail(`${CELL_BYTES} bytes a cell`)
  const view = new DataView(cells.buffer)
  for (let at = 0; at < cells.length; at += WORD_BYTES) checkField(reader, view.getUint32(at, true), 'cell')
  return cells
}

/** Like `readCells`, of a sketch that has them from cell `from` on. */
export function readCellsFrom(reader: FrameReader, from: number): Uint8Array {
  const cells = readCells(reader)
  return from + cells.length / CELL_BYTES <= CELLS_MAX ? cells : reader.fail(`at most ${CELLS_MAX} cells`)
}

export function readEstimator(reader: FrameReader): Uint8Array {
  const bytes = reader.bytes(ESTIMATOR_BYTES, 'estimator')
  return bytes.length === ESTIMATOR_BYTES ? bytes : reader.fail(`${ESTIMATOR_BYTES} bytes: estimator`)
}

function readWords(reader: FrameReader, max: number, what: string): Uint32Array {
  const bytes = reader.bytes(WORD_BYTES * max, what)
  if (bytes.length % WORD_BYTES !== 0) reader.fail(`${WORD_BYTES} bytes a word: ${what}`)
  const words = new Uint32Array(bytes.length / WORD_BYTES)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < words.length; i++) words[i] = view.getUint32(WORD_BYTES * i, true)
  return words
}

function checkField(reader: FrameReader, word: number, what: string): void {
  if (word >= FIELD) reader.fail(`a number below ${FIELD}: ${what}`)
}
