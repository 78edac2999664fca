/**
 * What the system says about a path, in words for whoever named it: without the call that failed, which is ours.
 */

/** `ENOENT: no such file or directory`, of an error of `node:fs`. */
export function reasonOf(error: Error): string {
  const { syscall, message } = error as NodeJS.ErrnoException
  const at = syscall === undefined ? -1 : message.lastIndexOf(`, ${syscall}`)
  return at < 0 ? message : message.slice(0, at)
}

export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

/** A whole sentence about the path that the error is about. */
export function systemWords(error: NodeJS.ErrnoException): string {
  const { code, path, syscall } = error
  if (path === undefined) return error.message
  return code === 'ENOENT' ? `there is nothing at ${path}` : `cannot ${syscall} ${path}: ${reasonOf(error)}`
}
