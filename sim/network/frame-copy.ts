/**
 * Copies of sent frames: a sender may use its buffer again once `send` has returned. Small ones are cut one after the other
 * from larger memory, since memory of its own costs more than all else that happens to a frame; so, as with a real socket,
 * a received frame is a view into a larger buffer. No two copies share a byte.
 */

const SLAB_BYTES = 64 * 1024
const SMALL_BYTES_MAX = 4 * 1024

let slab = new Uint8Array(SLAB_BYTES)
let used = 0

export function copyOf(frame: Uint8Array): Uint8Array {
  const { length } = frame
  if (length > SMALL_BYTES_MAX) return frame.slice()
  if (used + length > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES)
    used = 0
  }
  const copy = slab.subarray(used, used + length)
  copy.set(frame)
  used += length
  return copy
}
