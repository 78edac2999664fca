/**
 * Compiles a source file and what it imports into a folder of its own, so that another process can run it on every
 * supported Node.js. Tests use it where one process cannot be two.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** `file` is a path below `src`; returns the URL of the module made from it. */
export function compile(file: string, folder: string): string {
  const flags = ['--ignoreConfig', '--module', 'nodenext', '--target', 'es2023', '--types', 'node', '--skipLibCheck']
  const places = ['--rewriteRelativeImportExtensions', '--rootDir', join(root, 'src'), '--outDir', folder]
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  execFileSync(process.execPath, [compiler, ...flags, ...places, join(root, 'src', file)], { cwd: root })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  return pathToFileURL(join(folder, file.replace(/\.ts$/, '.js'))).href
}
