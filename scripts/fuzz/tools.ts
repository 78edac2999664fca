/**
 * Some spoiled folders put on a real disk, and what `hearsay log` does there: verify, inspect and repair say what they
 * find or fail with a code, and what was repaired is well. Looking changes nothing.
 */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HearsayError } from '../../src/core/errors.ts'
import { inspectLog, repairLog, verifyLog } from '../../src/node/log-tools.ts'
import type { Image } from './memory-disk.ts'
import { isSameBytes } from './same-record.ts'
import type { Tally } from './tally.ts'
import { Wrong } from './verdict.ts'

export interface Sample {
  readonly image: Image
  /** The command that makes it. */
  readonly replay: string
}

/** `onCase`: before each. */
export async function checkTools(
  samples: readonly Sample[],
  tally: Tally,
  onCase?: (number: number) => void,
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'hearsay-fuzz-'))
  try {
    for (const [i, { image, replay }] of samples.entries()) {
      onCase?.(i)
      const folder = join(root, String(i))
      try {
        tally.count(`tools: ${await useTools(folder, image)}`)
      } catch (error) {
        tally.fail(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n  again: ${replay}`)
      }
      rmSync(folder, { recursive: true, force: true })
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

async function useTools(folder: string, image: Image): Promise<string> {
  mkdirSync(folder)
  for (const [name, bytes] of image) writeFileSync(join(folder, name), bytes)
  const seen = await codeOr(verifyLog(folder))
  await codeOr(inspectLog(folder))
  for (const name of image.keys()) {
    if (name !== 'reserve') await codeOr(verifyLog(join(folder, name)))
    if (!isSameBytes(readFileSync(join(folder, name)), image.get(name))) throw new Wrong(`looking has changed ${name}`)
  }
  if (readdirSync(folder).length !== image.size) throw new Wrong('looking has made or removed a file')
  const repaired = await codeOr(repairLog(folder))
  if (typeof repaired === 'string') return `repair refused with ${repaired}`
  if (typeof seen === 'string') throw new Wrong(`verify ends with ${seen}, and a repair is done`)
  if ((repaired.survey?.damageCount ?? 0) > 0) throw new Wrong('repaired, and still damaged')
  if (repaired.moved.length > 0 !== seen.damageCount > 0) throw new Wrong('verify and repair do not agree')
  return repaired.moved.length > 0 ? 'repaired' : 'nothing to repair'
}

async function codeOr<T>(asked: Promise<T>): Promise<T | string> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof HearsayError && error.code !== 'ERR_INTERNAL') return error.code
    throw error
  }
}
