/**
 * Looks on while a disk syncs, and tells when it takes so long that those who wait for it should know: once when it has
 * become slow, and once when a sync was quick again. Passes everything else on as it is.
 */

import type { Disk, DiskFile, Timers } from '../core/ports.ts'

/** A sync that takes longer is slow, ms. */
const SLOW_SYNC_MS = 1_000

export function watchSyncs(disk: Disk, timers: Timers, told: (isSlow: boolean) => void): Disk {
  let isSlow = false
  const become = (slow: boolean): void => {
    if (isSlow === slow) return
    isSlow = slow
    told(slow)
  }
  const watched = (file: DiskFile): DiskFile => ({
    sizeAtOpen: file.sizeAtOpen,
    read: (position, length, done) => file.read(position, length, done),
    write: (position, chunks, done) => file.write(position, chunks, done),
    truncate: (size, done) => file.truncate(size, done),
    close: (done) => file.close(done),
    sync(done) {
      let wasQuick = true
      const cancel = timers.after(SLOW_SYNC_MS, () => {
        wasQuick = false
        become(true)
      })
      file.sync((error) => {
        cancel()
        if (wasQuick && error === undefined) become(false)
        done(error)
      })
    },
  })
  return {
    list: (done) => disk.list(done),
    open: (name, create, done) =>
      disk.open(name, create, (error, file) => done(error, file === undefined ? undefined : watched(file))),
    remove: (name, done) => disk.remove(name, done),
    rename: (from, to, done) => disk.rename(from, to, done),
    syncFolder: (done) => disk.syncFolder(done),
    close: (done) => disk.close(done),
  }
}
