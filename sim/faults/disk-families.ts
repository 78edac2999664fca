/** The fault families of disks and of what is on them, for the list of all. */

import {
  type BitRotFault,
  bitRot,
  type CutFileFault,
  cutFile,
  type MisdirectedFault,
  misdirected,
} from './disk-damage.ts'
import {
  type ClonedDiskFault,
  clonedDisk,
  type EmptyDiskFault,
  emptyDisk,
  type OldImageFault,
  oldImage,
} from './disk-images.ts'
import {
  type FailedSyncFault,
  type FullDiskFault,
  failedSync,
  fullDisk,
  type LyingSyncFault,
  lyingSync,
  type ShortWriteFault,
  type SlowSyncFault,
  shortWrite,
  slowSync,
} from './failing-disks.ts'
import type { FaultFamily } from './fault.ts'

export type StorageFault =
  | SlowSyncFault
  | FailedSyncFault
  | LyingSyncFault
  | FullDiskFault
  | ShortWriteFault
  | BitRotFault
  | MisdirectedFault
  | CutFileFault
  | OldImageFault
  | EmptyDiskFault
  | ClonedDiskFault

export const DISK_FAMILIES: readonly FaultFamily[] = [
  slowSync,
  failedSync,
  lyingSync,
  fullDisk,
  shortWrite,
  bitRot,
  misdirected,
  cutFile,
  oldImage,
  emptyDisk,
  clonedDisk,
]
