/**
 * Each benchmark runs at a tiny size and prints its rows. What the figures are is nobody's business here.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''

const TINY = [
  ['--rounds', '2', '--round-ms', '5', '--writers', '1,3', '--in-flight', '1,3'],
  ['--samples', '5', '--puts', '500', '--window', '50', '--keys', '1000', '--lookups', '500'],
  ['--entries', '500', '--differ', '3', '--calm-ms', '20', '--hot-keys', '50', '--overwrites', '500'],
].flat()

const ROWS: Readonly<Record<string, readonly string[]>> = {
  log: ['1 writer', '3 writers']
    .flatMap((writers) => ['bare', 'lmdb', 'classic-level'].map((peer) => `puts, ${writers}, ${peer}`))
    .concat(['AOF', 'RDB'].flatMap((kind) => ['load', 'spawn to ready'].map((what) => `start, ${what}, ${kind}`)))
    .concat(
      ['hold but for GC and waits for a core', 'hold but for GC', 'hold', 'GC pause'].map(
        (what) => `checkpoint, longest ${what}`,
      ),
    )
    .concat(['peak', 'at rest'].map((what) => `disk, ${what}`)),
  visible: ['fsync never, p50', 'fsync never, p99', 'fsync always, p50', 'fsync always, p99'],
  burst: ['fsync never', 'fsync always'],
  get: ['get, bytes', 'get, json'],
  heap: ['heap', 'array buffers', 'resident set'],
  repair: ['0 recent', '3 recent', '3 old']
    .flatMap((differ) =>
      ['trie', 'ranges'].flatMap((way) =>
        ['bytes', 'messages', 'asker', 'giver', 'wasted'].map((what) => `500, ${differ}: ${what}, ${way}`),
      ),
    )
    .concat(['trie', 'range tree'].flatMap((kept) => [`upkeep, ${kept}`, `memory, ${kept}`])),
  bulk: ['never', 'always'].flatMap((fsync) =>
    ['entries', 'bytes', 'put p50', 'put p99', 'put longest', 'loop held, p99', 'loop held, longest'].map(
      (what) => `fsync ${fsync}, ${what}`,
    ),
  ),
  client: ['get, 1 in flight', 'get, 3 in flight', 'put, 1 in flight', 'put, 3 in flight'],
}

/** Compiles the benchmarks and all that they import, so that this does not depend on an earlier build. */
function compileBench(into: string): void {
  const bench = join(root, 'scripts', 'bench')
  const names = readdirSync(bench, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const files = names.map((name) => join(bench, name))
  const compilerOptions = { rootDir: root, outDir: into, composite: false, declaration: false, noCheck: true }
  const config = { extends: join(root, 'tsconfig.json'), files, references: [], compilerOptions }
  const off = { isolatedDeclarations: false }
  const path = join(into, 'tsconfig.json')
  writeFileSync(join(into, 'package.json'), '{"type":"module"}')
  writeFileSync(path, JSON.stringify({ ...config, compilerOptions: { ...compilerOptions, ...off } }))
  symlinkSync(join(root, 'node_modules'), join(into, 'node_modules'), 'junction')
  execFileSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', path], {
    stdio: 'inherit',
  })
}

function runBench(...flags: string[]): { status: number | null; stdout: string; stderr: string } {
  const main = join(folder, 'scripts', 'bench', 'main.js')
  return spawnSync(process.execPath, ['--expose-gc', main, ...flags], { encoding: 'utf8' })
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearsay-test-'))
  compileBench(folder)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('npm run bench', () => {
  it.each(Object.entries(ROWS))('%s prints its rows and leaves no folder behind', (name, rows) => {
    const dir = join(folder, `${name}-disk`)
    mkdirSync(dir)
    const { status, stdout, stderr } = runBench(name, '--json', '--dir', dir, ...TINY)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const told = JSON.parse(stdout) as { bench: string; rows: { what: string; hearsay: object; ratio: object }[] }
    expect(told.bench).toBe(name)
    expect(told.rows.map(({ what }) => what)).toEqual(rows)
    for (const row of told.rows) {
      expect(row.hearsay).toMatchObject({ median: expect.any(Number), rounds: expect.any(Array) })
    }
    expect(readdirSync(dir)).toEqual([])
  })

  it('prints a table for people', () => {
    const { status, stdout } = runBench('get', ...TINY)
    expect(status).toBe(0)
    expect(stdout).toMatch(/hearsay +bare +ratio +goal/)
    expect(stdout).toMatch(/get, bytes +ns +\S+/)
  })

  it('refuses a name or a size that means nothing, with exit code 2', () => {
    expect(runBench('nothing').status).toBe(2)
    expect(runBench('log', '--writers', 'many').status).toBe(2)
    expect(runBench('log', '--parts', 'nothing').status).toBe(2)
  })
})
