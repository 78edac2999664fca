/**
 * How a client's link is bounded, on every platform.
 */

import { FRAME_BYTES_MAX } from '../wire/limits.ts'
import { SEND_QUEUE_BYTES_HIGH } from './calls.ts'
import { CONNECT_TIMEOUT_MS } from './line.ts'

export interface ClientLinkOptions {
  readonly path: string
  readonly dialTimeoutMs: number
  readonly frameBytesMax: number
  readonly highWaterBytes: number
  readonly lowWaterBytes: number
}

export const CLIENT_LINK: ClientLinkOptions = {
  path: '/',
  dialTimeoutMs: CONNECT_TIMEOUT_MS,
  frameBytesMax: FRAME_BYTES_MAX,
  // Below the mark at which calls wait, so that a link on which they wait is sure to say when it has drained.
  highWaterBytes: SEND_QUEUE_BYTES_HIGH / 2,
  lowWaterBytes: SEND_QUEUE_BYTES_HIGH / 8,
}
