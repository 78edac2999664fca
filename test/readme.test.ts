/** The README is run: its snippets, its commands, its options, its errors. What a newcomer reads there is what happens. */

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../src/core/errors.ts'
import { createNode, type HearsayNode } from '../src/node/create-node.ts'
import { NODE_SETTINGS } from '../src/node/node-options.ts'

const ROOT = join(import.meta.dirname, '..')
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
// Inside the package, so that a snippet finds `hearsay` as its reader would.
const FOLDER = join(ROOT, '.hearsay', 'readme')

function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, block = '']) => block,
  )
}

describe('README', () => {
  let node: HearsayNode<unknown>

  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true })
    node = await createNode({ name: 'readme', listen: '127.0.0.1:0', logLevel: 'silent' })
  })

  afterAll(async () => {
    await node.close()
    rmSync(FOLDER, { recursive: true })
  })

  it('has snippets that print what they say', () => {
    const snippets = blocks('js')
    expect(snippets.length).toBeGreaterThanOrEqual(2)
    for (const [index, snippet] of snippets.entries()) {
      const file = join(FOLDER, `snippet-${index}.mjs`)
      writeFileSync(file, snippet)
      const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 20_000 })
      const said = [...snippet.matchAll(/\/\/ prints (.*)$/gm)].map(([, line]) => line)
      expect({ printed: stdout.trimEnd().split('\n'), stderr, status }).toEqual({
        printed: said,
        stderr: '',
        status: 0,
      })
    }
  })

  it('has commands that answer what they say', async () => {
    const session = blocks('console').find((block) => block.includes('$ hearsay get')) ?? ''
    const steps = session.split(/^\$ /m).slice(1)
    expect(steps.length).toBeGreaterThan(5)
    for (const step of steps) {
      const [command = '', ...expected] = step.trimEnd().split('\n')
      const { stdout, stderr } = await run(command, node.url)
      expect(`${command}\n${(stdout + stderr).trimEnd()}`).toBe(`${command}\n${expected.join('\n')}`)
    }
  })

  it('has a tour that goes as it says', async () => {
    const tour = blocks('text').find((block) => block.startsWith('hearsay> ')) ?? ''
    const typed = [...tour.matchAll(/^hearsay> (.*)$/gm)].map(([, line]) => line)
    expect(typed.length).toBeGreaterThan(8)
    const script = join(ROOT, 'dist/scripts/cluster.js')
    const flags = `--dir "${join(FOLDER, 'cluster')}" --port 7471 --fresh`
    const { stdout } = await shell(
      `printf '%s\n' ${typed.map((line) => `'${line}'`).join(' ')} | "${process.execPath}" "${script}" ${flags}`,
    )
    const seen = stdout.slice(stdout.indexOf('hearsay> '))
    // How long a thing took is another figure each time.
    const masked = (text: string): string =>
      text
        .trimEnd()
        .replace(/at once|after [\d.]+ m?s/g, 'soon')
        .replace(/\d+/g, '#')
    expect(masked(seen)).toBe(masked(tour))
  })

  it('lists every option with its default', () => {
    const rows = Object.entries(NODE_SETTINGS).map(([name, { default: value, describe: text }]) => {
      const shown =
        name === 'name' ? 'the host name' : value === undefined || String(value) === '' ? '—' : `\`${value}\``
      return `| \`${name}\` | ${shown} | ${text} |`
    })
    expect(table('| option |')).toEqual(rows)
  })

  it('explains every error', () => {
    const rows = Object.entries(ERROR_CODES).map(([code, text]) => `| \`${code}\` | ${text} |`)
    expect(table('| code |')).toEqual(rows)
  })
})

function table(head: string): string[] {
  const start = README.indexOf(head)
  expect(start, `${head} is in the README`).toBeGreaterThan(0)
  const lines = README.slice(start).split('\n')
  return lines.slice(
    2,
    lines.findIndex((line) => !line.startsWith('|')),
  )
}

/** Runs one line as typed, with `hearsay` being the built command, while this process serves the node. */
function run(line: string, url: string): Promise<{ stdout: string; stderr: string }> {
  const command = `"${process.execPath}" "${join(ROOT, 'dist/src/cli/main.js')}"`
  return shell(`hearsay() { ${command} "$@"; }; ${line}`, { HEARSAY_URL: url })
}

async function shell(line: string, env: NodeJS.ProcessEnv = {}): Promise<{ stdout: string; stderr: string }> {
  const child = spawn('bash', ['-c', line], { env: { ...process.env, ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  await once(child, 'close')
  return { stdout, stderr }
}
