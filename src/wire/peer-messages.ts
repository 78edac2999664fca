/**
 * What opens a link between two nodes. Each side sends its hello first; frames before it are dropped. Everything after
 * is a `Message` of the core.
 */

import type { Row } from '../core/message.ts'

/** The version of the bytes. Nodes of another version refuse each other. */
export const WIRE_VERSION = 2

export interface PeerHello {
  readonly kind: 'hello'
  readonly wire: number
  readonly cluster: string
  /** The sender's row: its name, run and address. */
  readonly row: Row
  /** What the sender can do beyond the wire version; unknown ones are ignored. At most 32 words. */
  readonly features: readonly string[]
}
