/**
 * The page's own script: the compiled modules of `page/`, each after those it imports, joined to one with their imports
 * and exports taken away. So names at the top of these modules must differ, and a module of the page imports only others
 * of this list, each by its own name. There is no bundler because this is all it would do.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A module comes after all that it imports. */
const MODULES: readonly string[] = [
  'words',
  'page/columns',
  'page/time-scale',
  'page/lanes',
  'page/board',
  'page/dom',
  'page/palette',
  'page/pen',
  'page/in-window',
  'page/draw-ground',
  'page/draw-values',
  'page/draw-messages',
  'page/draw-marks',
  'page/picture',
  'page/picking',
  'page/gestures',
  'page/overview',
  'page/detail',
  'page/moment',
  'page/trace-list',
  'page/toolbar',
  'page/start',
]

const IMPORT = /^import\s[^;]*?from '[^']+';?\n/gm
const EXPORT = /^export (?=(?:async )?(?:function|class|const|let) )/gm
/** The promise at the head of a module, and what the compiler is told; readers of the page have the source. */
const HEAD = /^\/\*\*[\s\S]*?\*\/\n(?:\/\/\/.*\n)*/

/** JavaScript for a module script. */
export function pageScript(): string {
  // Run from source, the compiled modules are in the build beside it.
  const isSource = import.meta.filename.endsWith('.ts')
  const folder = isSource ? join(import.meta.dirname, '../../dist/sim/report') : import.meta.dirname
  return MODULES.map((name) => plainScript(readFileSync(join(folder, `${name}.js`), 'utf8'))).join('')
}

function plainScript(module: string): string {
  return module.replace(HEAD, '').replace(IMPORT, '').replace(EXPORT, '')
}
