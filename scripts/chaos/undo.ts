/**
 * What must not outlive this process: mounts, images, folders, children. Each is undone once: by whoever made it, or
 * when the process ends, also by a signal. The newest first.
 */

const left: (() => void)[] = []
let isListening = false

/** Returns what undoes it now. `undo` may not wait. */
export function undoLater(undo: () => void): () => void {
  if (!isListening) {
    isListening = true
    process.on('exit', undoAll)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        process.stderr.write(`${signal}: taking everything down\n`)
        // Ends in `exit`, which undoes the rest.
        process.exit(130)
      })
  }
  left.push(undo)
  return () => {
    const at = left.indexOf(undo)
    if (at < 0) return
    left.splice(at, 1)
    undo()
  }
}

function undoAll(): void {
  for (let undo = left.pop(); undo !== undefined; undo = left.pop()) {
    try {
      undo()
    } catch (error) {
      process.stderr.write(`not undone: ${error instanceof Error ? error.message : String(error)}\n`)
    }
  }
}
