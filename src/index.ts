/** hearsay, embedded: a node in your own process. The client for nodes elsewhere is in `hearsay/client`. */

export type { ConflictsOptions } from './client/admin.ts'
export type { CallOptions } from './client/call-options.ts'
export { bytes, type Codec, json, string } from './client/codec.ts'
export type { RangeOptions } from './client/range-options.ts'
export type {
  BatchOperation,
  PutOptions,
  ReadEntry,
  ScanOptions,
  Store,
  StoreEntry,
  Watch,
  WatchEvent,
  WatchOptions,
} from './client/store.ts'
export type { Version } from './core/entry.ts'
export { type ErrorCode, HearsayError } from './core/errors.ts'
export type { MemberStatus } from './core/members.ts'
export type { Logger } from './core/ports.ts'
export type {
  ConflictReport,
  ConflictSide,
  MemberReport,
  SalvageReport,
  StatusReport,
  SyncReport,
} from './core/report.ts'
export { createNode, type HearsayNode, type NodeOptions } from './node/create-node.ts'
