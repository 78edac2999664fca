/**
 * Plants a bug: copies the compiled code into a folder of its own and changes the one place there. The copy lies below
 * `node_modules`, so that packages resolve as they do for the original.
 */

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutant } from './mutant.ts'

/** How often the mutant's place occurs in the compiled code in `built`; it must be once. */
export function countPlaces(mutant: Mutant, built: string): number {
  return readFileSync(join(built, compiled(mutant)), 'utf8').split(mutant.find).length - 1
}

/** `built` is the folder with the compiled `src` and `sim`; returns the program to run. */
export function plant(mutant: Mutant, built: string): string {
  if (countPlaces(mutant, built) !== 1) throw new Error(`${mutant.id}: its place must occur once in ${mutant.file}`)
  const folder = join(built, '..', 'node_modules', '.cache', 'hearsay-mutants', mutant.id)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const part of ['src', 'sim']) {
    cpSync(join(built, part), join(folder, part), {
      recursive: true,
      filter: (path) => !/\.(d\.ts|tsbuildinfo)$/.test(path),
    })
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  const file = join(folder, compiled(mutant))
  // A function: what is put in its place may hold a `$`.
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(mutant.find, () => mutant.replace),
  )
  return join(folder, 'src', 'cli', 'main.js')
}

function compiled(mutant: Mutant): string {
  return mutant.file.replace(/\.ts$/, '.js')
}
