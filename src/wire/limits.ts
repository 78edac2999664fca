/**
 * The named maxima of the wire: what a decoder lets through at most, whoever sends it. They bound memory and time per
 * frame and are promises of PROTOCOL.md, the same on every node; what a user may set lies below them and is checked
 * elsewhere. A message may hold less than its maxima together would allow: the frame's own maximum comes first.
 */

import { KEY_BYTES_MAX } from '../core/key.ts'

/** One frame, in bytes. Whoever sends cuts pushes and pieces so that they stay below. */
export const FRAME_BYTES_MAX: number = 32 * 1024 * 1024
/** One value, in bytes; `valueBytesMax` of a node is at most this. */
export const VALUE_BYTES_LIMIT: number = 16 * 1024 * 1024
/** Entries in a push, piece, page or batch of events. */
export const ENTRIES_MAX = 262_144
/** Origins in a vector, or named by the entries of one message. */
export const ORIGINS_MAX = 262_144
/** Rows of others that travel with a heartbeat. */
export const ROWS_MAX = 4_096
/** Changes in one write of a client. */
export const CHANGES_MAX = 65_536
/** Words in a peer's hello. */
export const FEATURES_MAX = 32
/** Characters (UTF-16 units) of an address, a cluster name, a word of a hello or an error code. */
export const LABEL_CHARS_MAX = 256
/** Names that a `fault` may list. */
export const REFUSED_MAX = 4_096
/** A bound of a range, in bytes: the first key behind a prefix can be a little longer than a key. */
export const BOUND_BYTES_MAX: number = KEY_BYTES_MAX + 4
/** Characters (UTF-16 units) of an error's text. Longer ones are cut by the sender. */
export const ERROR_CHARS_MAX = 4_096
/** A report's JSON, in bytes. */
export const REPORT_BYTES_MAX: number = 4 * 1024 * 1024
/** Marks of forgotten runs in one message; more go in several. How many there may be is core/gone's. */
export const MARKS_A_MESSAGE_MAX = 4_096
/** Bytes of a backup in one reply. */
export const BACKUP_CHUNK_BYTES_MAX: number = 1024 * 1024
/** Cells of a sketch. */
export const CELLS_MAX = 32_768
/** Keys' hashes in one question. */
export const KS_MAX = 65_536
/** Keys' hashes in one `resolve` that our nodes answer: that takes little more than a megabyte. */
export const RESOLVE_KS_MAX = 1_000
/** A k, and each number in a cell, is below this. */
export const FIELD: number = 2 ** 31 - 1
/** Ranges of k in one message. */
export const RANGES_MAX = 4_096
/** The hex digits that name a range of k, at most. */
export const DEPTH_MAX = 4
/** Pairs of a k and a weight in one message. */
export const PAIRS_MAX = 1_048_576
/** A point of wall time, Unix ms: any that a `Date` can hold is safe to show. */
export const UNIX_MS_MAX: number = 2 ** 52
/** The life of a value, ms. */
export const TTL_MS_MAX: number = 2 ** 48
/** The number of an exchange: 48 bits. */
export const EXCHANGE_MAX: number = 2 ** 48 - 1
/** The index of a piece or of a batch. */
export const PIECE_INDEX_MAX: number = 2 ** 32 - 1
