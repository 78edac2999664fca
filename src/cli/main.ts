#!/usr/bin/env node
/**
 * The program `hearsay`: gives a run its streams and signals, and ends with its exit code. The first signal is a wish that
 * a verb may carry out in order; without a verb that listens, and at the second, the program ends at once.
 */

import { EXIT, EXIT_BY_SIGNAL, type StopSignal } from './exit-codes.ts'
import { type Io, programIo } from './io.ts'
import { runCommand } from './run-command.ts'

const listeners = new Set<(signal: StopSignal) => void>()
let wishes = 0

function stop(signal: StopSignal): void {
  wishes++
  if (wishes > 1 || listeners.size === 0) process.exit(EXIT_BY_SIGNAL[signal])
  for (const listener of [...listeners]) listener(signal)
}

function onStop(listener: (signal: StopSignal) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function fatal(error: unknown): never {
  const stack = error instanceof Error ? error.stack : String(error)
  process.stderr.write(`${stack}\nhearsay: ERR_INTERNAL: a fault in hearsay; please report it with the lines above\n`)
  process.exit(EXIT.bug)
}

process.on('uncaughtException', fatal)
process.on('unhandledRejection', fatal)
for (const signal of Object.keys(EXIT_BY_SIGNAL) as StopSignal[]) process.on(signal, stop)

const io: Io = programIo(onStop)
// What is still open by now (a terminal that is read, a connection that closes slowly) must not hold the program.
process.exit(await runCommand(process.argv.slice(2), io))
