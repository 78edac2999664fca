/**
 * When a record counts as durable. `always`: once synced, so it survives power loss. `interval`: the same, but synced
 * only every so often, and writers are answered before. `never`: once the operating system has it, so it survives the end
 * of the process only.
 */
export type FsyncMode = 'always' | 'interval' | 'never'
