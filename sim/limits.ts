/** How large a run may be, for plans, programs and the command line alike. A plan within these limits runs; no promise of how fast. */

export const NODES_MAX = 50
export const CLIENTS_MAX = 1_000
export const STEPS_MAX = 1_000_000
/** Client operations a simulated second. */
export const OPS_MAX = 10_000
/** A day. */
export const SECONDS_MAX = 86_400
export const LENGTH_MS_MAX: number = SECONDS_MAX * 1_000
