/**
 * What the sessions of a node count, all into one object: for `status` and metrics. Names are stable; a name that is
 * missing elsewhere counts as 0.
 */

export interface SessionCounts {
  /** Sessions open now. */
  sessionsOpen: number
  /** Watches open now, over all sessions. */
  watchesOpen: number
  /** Requests decoded since the start. */
  requests: number
  /** Sessions closed for what the client sent: garbage, another wire version or cluster, no hello. */
  sessionsRefused: number
  /** Sessions closed because the client did not read. */
  sessionsTooSlow: number
  /** Watches ended because their reader was too slow. */
  watchesOverflowed: number
}

export function newSessionCounts(): SessionCounts {
  return {
    sessionsOpen: 0,
    watchesOpen: 0,
    requests: 0,
    sessionsRefused: 0,
    sessionsTooSlow: 0,
    watchesOverflowed: 0,
  }
}
