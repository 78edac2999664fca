/**
 * Everything that `hearsay/client` exports beside `connect`, the same on every platform.
 */

export type { Entry, Version } from '../core/entry.ts'
export { type ErrorCode, HearsayError } from '../core/errors.ts'
export type { MemberStatus } from '../core/members.ts'
export type { MemberReport, StatusReport } from '../core/report.ts'
export type { Admin, RawScanOptions } from './admin.ts'
export type { CallOptions } from './call-options.ts'
export type { Client, Connect, ConnectOptions } from './client.ts'
export { bytes, type Codec, json, string } from './codec.ts'
export type { LineStatus } from './line.ts'
export type { RangeOptions } from './range-options.ts'
export type { BatchOperation, ScanOptions, Store, StoreEntry, Watch, WatchEvent, WatchOptions } from './store.ts'
