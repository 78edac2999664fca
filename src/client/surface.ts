/**
 * Everything that `hearsay/client` exports beside `connect`, the same on every platform.
 */

export type { Entry, Version } from '../core/entry.ts'
export { type ErrorCode, HearsayError } from '../core/errors.ts'
export type { MemberStatus } from '../core/members.ts'
export type { ConflictReport, ConflictSide, MemberReport, StatusReport, SyncReport } from '../core/report.ts'
export type { Admin, ConflictsOptions, RawScanOptions, Sketch } from './admin.ts'
export type { CallOptions } from './call-options.ts'
export type { Client, Connect, ConnectOptions } from './client.ts'
export { bytes, type Codec, json, string } from './codec.ts'
export type { LineStatus, Traffic } from './line.ts'
export type { RangeOptions } from './range-options.ts'
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
} from './store.ts'
