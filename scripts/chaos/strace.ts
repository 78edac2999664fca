/**
 * Node under strace, which counts calls of the system and stands in for a faulty one. Everything here needs Linux and
 * the right to trace; whoever asks finds out first, and says so when it is not there.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'

const LEASH = new URL('../cluster/leash.js', import.meta.url).href

/** Why strace cannot be used here; undefined when it can. */
export function whyNoStrace(): string | undefined {
  try {
    execFileSync('strace', ['-f', '-o', '/dev/null', 'true'], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: Buffer }
    if (code === 'ENOENT') return 'strace is not installed'
    return `strace may not trace here: ${stderr?.toString().trim().split('\n')[0] ?? code}`
  }
}

export interface Tracing {
  /** Names of calls that are written to `out`. */
  readonly calls: readonly string[]
  /** Only calls on exactly these paths; all when it is empty. */
  readonly paths: readonly string[]
  /** Where strace writes what it saw. */
  readonly out: string
  /** The `when`-th of these calls of a thread, of those on the paths, is not done: the process is killed there. */
  readonly kill?: { readonly call: string; readonly when: number }
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
}

/**
 * Runs a module to its end, with all its calls of the file system on one thread besides the main one, so that they can
 * be counted. Not with `--seccomp-bpf`, which loses what is injected (strace 6.1).
 */
export function runTraced(tracing: Tracing, file: string, args: readonly string[], limitMs: number): Promise<Ended> {
  const { calls, paths, out, kill } = tracing
  const flags = ['-f', '-q', '-y', '-s', '0', '-o', out, '-e', `trace=${calls.join(',')}`]
  for (const path of paths) flags.push('-P', path)
  if (kill !== undefined) flags.push('-e', `inject=${kill.call}:signal=KILL:when=${kill.when}`)
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' }
  const child = spawn('strace', [...flags, process.execPath, '--import', LEASH, file, ...args], {
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  // The leash ends the traced process when this channel closes, and strace with it.
  const timer = setTimeout(() => child.disconnect(), limitMs)
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4_096)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, stderr })
    })
  })
}

/**
 * Puts a fault on a node that runs: `inject` as strace takes it, such as `fdatasync:error=EIO`. Resolves when it
 * counts; what it returns takes the fault away again.
 */
export async function injectInto(pid: number, inject: string, out: string): Promise<() => Promise<void>> {
  const calls = inject.slice(0, inject.indexOf(':'))
  const flags = ['-f', '-p', String(pid), '-o', out, '-e', `trace=${calls}`, '-e', `inject=${inject}`]
  const tracer = spawn('strace', flags, { stdio: ['ignore', 'ignore', 'pipe'] })
  const gone = new Promise<void>((resolve) => tracer.once('exit', () => resolve()))
  await attached(tracer)
  return () => {
    tracer.kill('SIGTERM')
    return gone
  }
}

/** strace says so on standard error, once for the process and its threads. */
function attached(tracer: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    tracer.once('error', reject)
    tracer.once('exit', () => reject(new Error(`strace ended: ${text.trim()}`)))
    tracer.stderr?.setEncoding('utf8').on('data', (more: string) => {
      text += more
      if (text.includes('attached')) resolve()
    })
  })
}
