/**
 * Ways to spoil the files of a log, drawn by chance. What was drawn is told in words. Most leave checksums wrong, as
 * disks and people do; some put them right again (`forgery.ts`).
 */

import type { Rng } from '../../src/core/rng.ts'
import { Chance, concat } from './chance.ts'
import { forgeBody, forgeFrame, forgeHeader, type Mutation } from './forgery.ts'
import type { TrueLog } from './true-log.ts'

export function mutate(truth: TrueLog, rng: Rng): Mutation {
  const chance = new Chance(rng)
  const draw = rng()
  if (draw < 0.4) return forgeBody(truth, chance)
  if (draw < 0.45) return forgeFrame(truth, chance)
  if (draw < 0.52) return forgeHeader(truth, chance)
  const image = new Map(truth.image)
  const what: string[] = []
  for (let left = 1 + chance.below(3); left > 0; left--) {
    what.push(chance.below(4) === 0 ? spoilNames(image, truth, chance) : spoilBytesOf(image, truth, chance))
  }
  return { image, what, forged: undefined, isHeaderForged: false, isNewer: false }
}

// Bytes of files, with checksums that are wrong then.

function spoilBytesOf(image: Map<string, Uint8Array>, truth: TrueLog, chance: Chance): string {
  const name = chance.pick([...image.keys()])
  const old = Buffer.from(image.get(name) ?? [])
  const [what, bytes] = spoilBytes(old, truth, name, chance)
  image.set(name, bytes)
  return `${name}: ${what}`
}

function spoilBytes(old: Buffer, truth: TrueLog, name: string, chance: Chance): [string, Uint8Array] {
  const { from, to } = spanOf(old, truth, name, chance)
  const place = `${from} to ${to}`
  const bytes = Buffer.from(old)
  switch (chance.below(11)) {
    case 0: {
      const count = 1 + chance.below(4)
      for (let i = 0; i < count && old.length > 0; i++) {
        const at = chance.below(old.length)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8))
      }
      return [`${count} bits flipped`, bytes]
    }
    case 1:
      chance.bytes(to - from).copy(bytes, from)
      return [`overwritten from ${place}`, bytes]
    case 2:
      return [`removed from ${place}`, concat(old.subarray(0, from), old.subarray(to))]
    case 3:
      return [`doubled from ${place}`, concat(old.subarray(0, to), old.subarray(from))]
    case 4: {
      const mid = from + chance.below(to - from + 1)
      const swapped = [old.subarray(0, from), old.subarray(mid, to), old.subarray(from, mid), old.subarray(to)]
      return [`swapped from ${place} at ${mid}`, concat(...swapped)]
    }
    case 5:
      return [`inserted at ${from}`, concat(old.subarray(0, from), chance.bytes(to - from), old.subarray(from))]
    case 6:
      return [`cut at ${from}`, old.subarray(0, from)]
    case 7: {
      const record = truth.list.filter(({ file }) => file === name)
      if (record.length === 0) return ['as it was', old]
      const { offset } = chance.pick(record)
      if (offset + 8 > old.length) return ['as it was', old]
      const length = chance.pick([
        0,
        1,
        0xffffffff,
        0x7fffffff,
        64 << 20,
        (64 << 20) + 1,
        old.length,
        chance.below(9_999),
      ])
      bytes.writeUInt32LE(length, offset + 4)
      return [`length ${length} at ${offset}`, bytes]
    }
    case 8:
      if (chance.below(2) === 0) return ['all zeros', Buffer.alloc(old.length)]
      return [
        `a record inserted at ${from}`,
        concat(old.subarray(0, from), anyRecord(truth, chance), old.subarray(from)),
      ]
    case 9:
      return [`grown by ${to - from}`, concat(old, chance.bytes(to - from))]
    default:
      return ['small numbers to the end', concat(old.subarray(0, from), numbers(old.length - from + 4_000, chance))]
  }
}

/** Any span, or one of whole records. */
function spanOf(old: Buffer, { list }: TrueLog, name: string, chance: Chance): { from: number; to: number } {
  const here = list.filter(({ file, end }) => file === name && end <= old.length)
  if (here.length === 0 || chance.below(2) === 0) return chance.span(old.length)
  const first = chance.below(here.length)
  const last = Math.min(here.length - 1, first + chance.below(4))
  return { from: here[first]?.offset ?? 0, to: here[last]?.end ?? 0 }
}

/** A record of the log, whole, from whichever file. */
function anyRecord(truth: TrueLog, chance: Chance): Uint8Array {
  const { file, offset, end } = chance.pick(truth.list)
  return (truth.image.get(file) ?? new Uint8Array()).subarray(offset, end)
}

/** Numbers that each look like the length of a record, and whose upper halves are zeros, as positions are. */
function numbers(length: number, chance: Chance): Buffer {
  const bytes = Buffer.alloc(length - (length % 4))
  const most = 1 + chance.below(4_000)
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(1 + (at % most), at)
  return bytes
}

// Names.

function spoilNames(image: Map<string, Uint8Array>, { files }: TrueLog, chance: Chance): string {
  const [one, other] = [chance.pick([...image.keys()]), chance.pick([...image.keys()])]
  const bytes = image.get(one) ?? new Uint8Array()
  const name = nameOf(files, chance)
  switch (chance.below(6)) {
    case 0:
      image.set(one, image.get(other) ?? bytes).set(other, bytes)
      return `${one} and ${other} swapped`
    case 1:
      image.delete(one)
      image.set(name, bytes)
      return `${one} is ${name}`
    case 2:
      image.set(name, bytes)
      return `${one} is ${name} too`
    case 3:
      image.set(one, new Uint8Array())
      return `${one} emptied`
    case 4:
      image.set(one, concat(bytes, bytes))
      return `${one} doubled`
    default:
      image.delete(one)
      return `${one} removed`
  }
}

function nameOf(files: readonly string[], chance: Chance): string {
  const near = Number.parseInt(chance.pick(files), 10) + chance.below(5) - 2
  const number = chance.pick([near, 1, 0, 0xffffffff, 0x100000000, 99_999_999])
  const ending = chance.pick(['.log', '.checkpoint', '.checkpoint', '.log.bak'])
  const odd = [
    'checkpoint.tmp',
    `set-aside-${chance.pick(files)}-0`,
    `set-aside-${chance.pick(files)}-100`,
    'set-aside-',
  ]
  return chance.below(4) === 0 ? chance.pick(odd) : `${String(Math.max(0, number)).padStart(8, '0')}${ending}`
}
