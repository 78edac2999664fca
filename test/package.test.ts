/** What would be published: the right files, entries that resolve for everybody, and a lockfile that names no host. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { publint } from 'publint'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

describe('the package', () => {
  it('holds the built code and its documents, and nothing else', () => {
    const out = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    const [{ files = [] } = {}] = JSON.parse(out) as { files?: { path: string }[] }[]
    const paths = files.map(({ path }) => path)
    expect(paths).toContain('dist/src/index.js')
    expect(paths).toContain('dist/src/client/index.browser.js')
    expect(paths).toContain('dist/src/cli/main.js')
    expect(paths).toContain('src/wire/PROTOCOL.md')
    expect(paths).toContain('dist/sim/index.js')
    expect(paths).toContain('sim/README.md')
    // To copy from.
    const toCopy = /^(sim\/scenarios|scripts\/examples)\/[a-z-]+\.ts$/
    expect(paths).toEqual(
      expect.arrayContaining(['sim/scenarios/split-brain.ts', 'scripts/examples/partition-test.ts']),
    )
    const allowed = /^(dist\/(src|sim)\/.*\.(js|d\.ts)|(src|sim)\/.*\.md|(README|CHANGELOG)\.md|LICENSE|package\.json)$/
    const others = paths.filter((path) => !allowed.test(path) && !toCopy.test(path))
    expect([...others, ...paths.filter((path) => path.includes('/mutants/'))]).toEqual([])
  })

  it('has entries that publint finds no fault with', async () => {
    const { messages } = await publint({ pkgDir: ROOT, strict: true, pack: false })
    expect(messages).toEqual([])
  })

  it('loads by import and by require, from all entries', async () => {
    const names = "['hearsay', 'hearsay/client', 'hearsay/sim']"
    const ask = `Promise.all(${names}.map((name) => import(name))).then((byImport) => {
      const byRequire = ${names}.map((name) => require(name))
      console.log(JSON.stringify([...byImport, ...byRequire].map((entry) => Object.keys(entry).sort())))
    })`
    const out = execFileSync(process.execPath, ['--no-warnings', '-e', ask], { cwd: ROOT, encoding: 'utf8' })
    const [node, client, sim, ...byRequire] = JSON.parse(out) as string[][]
    expect(node).toEqual(['HearsayError', 'bytes', 'createNode', 'json', 'string'])
    expect(client).toEqual(['HearsayError', 'bytes', 'connect', 'json', 'string'])
    expect(sim).toEqual(expect.arrayContaining(['runPlan', 'simulate']))
    expect(byRequire).toEqual([node, client, sim])
  })

  it('has a lockfile without addresses, and with the builds of all platforms', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, Record<string, unknown>> }
    expect(Object.values(lock.packages).filter((entry) => 'resolved' in entry)).toEqual([])
    const names = Object.keys(lock.packages)
    const missing = Object.values(lock.packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies as object).filter((name) => !names.includes(`node_modules/${name}`)),
    )
    expect(missing).toEqual([])
  })
})
