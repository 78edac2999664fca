/**
 * Plants a bug: copies the compiled code into a folder of its own and changes the one place there, or several. The copy
 * lies below `node_modules`, so that packages resolve as they do for the original.
 */

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutant, Patch } from './mutant.ts'

/** How often the patch's place occurs in the compiled code in `built`; it must be once. */
export function countPlaces(patch: Patch, built: string): number {
  return readFileSync(join(built, compiled(patch)), 'utf8').split(patch.find).length - 1
}

/** `built` is the folder with the compiled `src` and `sim`; returns the program to run. */
export function plant(mutant: Mutant, built: string): string {
  return join(plantAll(mutant.id, [mutant], built), 'src', 'cli', 'main.js')
}

/** Returns the folder of the copy. */
export function plantAll(name: string, patches: readonly Patch[], built: string): string {
  for (const patch of patches) {
    if (countPlaces(patch, built) !== 1) throw new Error(`${name}: its place must occur once in ${patch.file}`)
  }
  const folder = join(built, '..', 'node_modules', '.cache', 'hearsay-mutants', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const part of ['src', 'sim']) {
    cpSync(join(built, part), join(folder, part), {
      recursive: true,
      filter: (path) => !/\.(d\.ts|tsbuildinfo)$/.test(path),
    })
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  for (const patch of patches) {
    const file = join(folder, compiled(patch))
    // A function: what is put in its place may hold a `$`.
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(patch.find, () => patch.replace),
    )
  }
  return folder
}

function compiled({ file }: Patch): string {
  return file.replace(/\.ts$/, '.js')
}
