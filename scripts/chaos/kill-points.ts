/**
 * Where a process can be killed such that its folder differs: before each call of the system that changes or syncs it.
 * Found by a run that strace writes down, and said in a form that strace takes for the next run: a call counts its own
 * name, on its own thread, on given paths.
 *
 * A node has two threads that touch its folder: the main one takes and gives back the lock, the other one does the
 * rest.
 */

const WRITES = ['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2']
const SYNCS = ['fsync', 'fdatasync', 'sync_file_range']
const NAMES = ['openat', 'rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'link', 'linkat', 'mkdir']
/** Calls that a run is asked to write down. */
export const CALLS: readonly string[] = [...WRITES, ...SYNCS, ...NAMES, 'ftruncate', 'truncate']
export const WRITE_CALLS: readonly string[] = WRITES

/** Numbers of segments and checkpoints that a run can reach. */
const NUMBERS_MAX = 200

export interface KillPoint {
  readonly call: string
  /** The number of the call, from 1. */
  readonly when: number
  /** Paths that the number counts, for a folder; empty: all. */
  readonly paths: (folder: string) => readonly string[]
  /** The file in the folder. */
  readonly file: string
}

/**
 * The folder and every file of the log that may come to be in it: strace takes whole paths only. `seen` are names that
 * a run has used.
 */
function logPaths(folder: string, seen: ReadonlySet<string>): readonly string[] {
  const numbers = Array.from({ length: NUMBERS_MAX }, (_, i) => String(i + 1).padStart(8, '0'))
  const names = new Set([...numbers.flatMap((number) => [`${number}.log`, `${number}.checkpoint`]), ...seen])
  return [folder, ...[...names].map((name) => `${folder}/${name}`)]
}

function lockPaths(folder: string): readonly string[] {
  return [`${folder}/LOCK`]
}

interface Call {
  readonly thread: string
  readonly call: string
  readonly rest: string
}

function callsOf(trace: string): readonly Call[] {
  const calls: Call[] = []
  for (const line of trace.split('\n')) {
    const [, thread, call, rest] = /^(\d+) +(\w+)\((.*)/.exec(line) ?? []
    if (thread !== undefined && call !== undefined && rest !== undefined) calls.push({ thread, call, rest })
  }
  return calls
}

/** In the order of the run. `trace` is of all paths. */
export function killPointsOf(trace: string, folder: string): readonly KillPoint[] {
  const calls = callsOf(trace)
  const main = calls[0]?.thread
  const seen = new Set<string>()
  const paths = (place: string): readonly string[] => logPaths(place, seen)
  const points: KillPoint[] = []
  const counts = new Map<string, number>()
  /** Calls of other threads so far: the first thread that reaches a number is killed there. */
  const others = new Set<string>()
  const next = (what: string): number => {
    const count = (counts.get(what) ?? 0) + 1
    counts.set(what, count)
    return count
  }
  for (const { thread, call, rest } of calls) {
    const file = fileIn(folder, rest)
    const all = next(`${thread} ${call}`)
    if (thread !== main) others.add(`${call} ${all}`)
    const locked = file === 'LOCK' || rest.includes(`"${folder}/LOCK"`) ? next(`LOCK ${call}`) : 0
    if (file === '') continue
    if (thread === main) {
      // Writing is what every main thread does, of pipes too: those of the lock cannot be told apart by number.
      if (!NAMES.includes(call) || call === 'openat') continue
      if (!others.has(`${call} ${all}`)) points.push({ call, when: all, paths: () => [], file })
      else if (locked > 0) points.push({ call, when: locked, paths: lockPaths, file })
    } else {
      if (file !== '.') seen.add(file)
      const when = next(`log ${call}`)
      if (call !== 'openat' || rest.includes('O_CREAT')) points.push({ call, when, paths, file })
    }
  }
  return points
}

/** The file of the folder that a call names, by path or by what is open; `.` for the folder, empty for none. */
function fileIn(folder: string, rest: string): string {
  const at = rest.indexOf(folder)
  if (at < 0) return ''
  const [, file, end] = /^(?:\/([^">/]*))?([">])/.exec(rest.slice(at + folder.length)) ?? []
  return end === undefined ? '' : (file ?? '.')
}

export interface WrittenLast {
  readonly path: string
  readonly offset: number
  readonly bytes: number
}

/** The last write to a file of the folder that has a place in the file; undefined when there was none. */
export function lastWriteOf(trace: string, folder: string): WrittenLast | undefined {
  let last: WrittenLast | undefined
  for (const line of trace.split('\n')) {
    const [, path, offset, bytes] = /^\d+ +pwrite(?:64|v|v2)\(\d+<([^>]+)>.*, (\d+)(?:, 0)?\) = (\d+)$/.exec(line) ?? []
    if (path?.startsWith(`${folder}/`) === true) last = { path, offset: Number(offset), bytes: Number(bytes) }
  }
  return last
}

/** Whether the trace ends in a call that was not done: the process was killed at the point, and nowhere else. */
export function wasKilledAt(trace: string, call: string): boolean {
  return new RegExp(`^\\d+ +(?:${call}\\(.*\\) += \\?|<\\.\\.\\. ${call} resumed>.*= \\?)`, 'm').test(trace)
}

/** `count` of them, evenly spread; all when there are not more. */
export function spread<T>(all: readonly T[], count: number): readonly T[] {
  if (all.length <= count) return all
  return Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)] as T)
}

/** How many of each call, for people. */
export function callCounts(points: readonly KillPoint[]): string {
  const counts = new Map<string, number>()
  for (const { call } of points) counts.set(call, (counts.get(call) ?? 0) + 1)
  return [...counts].map(([call, count]) => `${call} ${count}`).join(', ')
}
