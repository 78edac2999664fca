/** The README of the simulator is run: its snippet, its failure, its flags; and its table names every file that there is. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sim } from '../../src/cli/verbs/sim.ts'
import { run } from '../cli/command.ts'

const ROOT = join(import.meta.dirname, '../..')
const README = readFileSync(join(ROOT, 'sim/README.md'), 'utf8')

function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, block = '']) => block,
  )
}

/** Figures change whenever anything else does. */
function masked(text: string): string {
  return text
    .trimEnd()
    .replace(/trace [0-9a-f]{16}/, 'trace #')
    .replace(/ *\d+(\.\d+)?/g, ' #')
}

describe('the README of the simulator', () => {
  it.each(blocks('js'))('has a snippet that prints what it says: %#', (snippet) => {
    // Inside the package, so that it finds `hearsay/sim` as its reader would.
    mkdirSync(join(ROOT, '.hearsay'), { recursive: true })
    const folder = mkdtempSync(join(ROOT, '.hearsay/sim-readme-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'snippet.mjs')
    writeFileSync(file, snippet)
    const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
    // A line within a loop over seeds is printed for each.
    const said = [...snippet.matchAll(/\/\/ prints (.*)$/gm)].flatMap(([, line = '']) =>
      line.includes('SEED') ? [1, 2, 3].map((seed) => line.replace('SEED', `${seed}`)) : [line],
    )
    expect({ printed: stdout.trimEnd().split('\n'), stderr }).toEqual({ printed: said, stderr: '' })
  })

  it('shows a failure as it is', async () => {
    const [, command = '', expected = ''] =
      /^\$ hearsay (sim replay .*)\n([\s\S]*)/.exec(
        blocks('console').find((block) => block.includes('is broken')) ?? '',
      ) ?? []
    const { code, stdout } = await run(command.split(' '))
    expect(code).toBe(1)
    expect(masked(stdout).split('\n').sort()).toEqual(masked(expected).split('\n').sort())
  })

  it('names flags that there are', () => {
    const flags = new Set([...README.matchAll(/ --([a-z]+)/g)].map(([, name = '']) => name))
    const known = [...Object.keys(sim.flags), 'help', 'words']
    expect([...flags].filter((flag) => !known.includes(flag))).toEqual([])
  })

  it('says where everything is', () => {
    const table = README.slice(README.indexOf('## What is where'))
    const there = readdirSync(join(ROOT, 'sim'), { withFileTypes: true })
      .map((file) => (file.isDirectory() ? `${file.name}/` : file.name))
      .filter((name) => /\.ts$|\/$/.test(name))
    const named = [...table.matchAll(/`([a-z-]+(?:\.ts|\/))`/g)].map(([, name]) => name)
    expect(named.sort()).toEqual(there.sort())
  })
})
