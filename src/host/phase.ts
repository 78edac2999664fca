/** The phases of a host's life, what they are called in a status, and why a node that comes up cannot be asked yet. */

import { HearsayError } from '../core/errors.ts'
import type { StatusReport } from '../core/report.ts'

/** `starting`: its origin is on its way to the disk. `joining`: that is durable, and the node takes over what the others have. */
export type Phase = 'new' | 'recovering' | 'starting' | 'joining' | 'running' | 'closing' | 'closed' | 'failed'

export function stateOf(phase: Phase, onlyReads: boolean): StatusReport['state'] {
  switch (phase) {
    case 'new':
    case 'recovering':
    case 'starting':
      return 'recovering'
    case 'joining':
      return 'joining'
    case 'running':
      return onlyReads ? 'read-only' : 'running'
    case 'closing':
    case 'closed':
    case 'failed':
      return 'stopped'
  }
}

/** While a node comes up. `read`: how far it is with its log, in words. */
export function notReady(phase: Phase, read: string): HearsayError | undefined {
  switch (stateOf(phase, false)) {
    case 'recovering':
      return new HearsayError('ERR_NOT_READY', `the node is reading its log${read}`)
    case 'joining':
      return new HearsayError('ERR_NOT_READY', 'the node is taking over what the others have')
    case 'running':
    case 'read-only':
    case 'stopped':
      return undefined
  }
}

/** Why a host of this phase takes no writes and no orders. */
export function notRunning(phase: Phase, read: string): HearsayError | undefined {
  if (phase === 'running') return undefined
  return notReady(phase, read) ?? new HearsayError('ERR_CLOSED', 'the node is not running')
}
