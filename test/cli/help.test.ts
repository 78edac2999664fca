/**
 * Help is made from the tables that the program runs by: it lists every verb and the defaults that hold, and its
 * examples parse.
 */

import { describe, expect, it } from 'vitest'
import { parseCommandLine } from '../../src/cli/command-line.ts'
import { flagName, resolveFlags } from '../../src/cli/flags.ts'
import { VERBS } from '../../src/cli/verbs.ts'
import { TIMEOUT_MS_DEFAULT } from '../../src/client/client.ts'
import { NODE_SETTINGS } from '../../src/node/node-options.ts'
import { run } from './command.ts'

/** Help without the breaks of its lines. */
async function helpOf(...argv: string[]): Promise<string> {
  const { code, stdout } = await run([...argv, '--help'])
  expect(code).toBe(0)
  return stdout.replace(/\s+/g, ' ')
}

describe('help', () => {
  it('lists each verb with an example', async () => {
    const help = await helpOf()
    for (const { name, summary } of VERBS) {
      expect(help).toContain(`hearsay ${name} ${summary}`)
      expect(help.slice(help.indexOf('Examples:'))).toContain(`hearsay ${name}`)
    }
  })

  it('shows the settings of a node with their defaults', async () => {
    const help = await helpOf('serve')
    for (const [name, { default: value, describe }] of Object.entries(NODE_SETTINGS)) {
      const at = help.indexOf(` --${flagName(name)} ${describe}`)
      expect(at, name).toBeGreaterThan(0)
      const behind = help.slice(at + 1, help.indexOf(' --', at + describe.length))
      const shown = /\[default: ([^\]]*)\]/.exec(behind)?.[1]
      const hasDefault = value !== undefined && value !== false && !Array.isArray(value)
      expect(shown, name).toBe(hasDefault ? String(value) : undefined)
    }
  })

  it('gives the verbs the defaults that the library has', async () => {
    const serve = VERBS.find(({ name }) => name === 'serve')
    const { json, ...settings } = resolveFlags(serve?.flags ?? {}, {}, {})
    expect(settings).toEqual(Object.fromEntries(Object.entries(NODE_SETTINGS).map(([name, s]) => [name, s.default])))
    expect(await helpOf('get')).toContain(`[default: ${TIMEOUT_MS_DEFAULT}]`)
  })

  it('shows only examples that work', async () => {
    const examples = VERBS.flatMap((verb) => verb.examples.map(([command]) => ({ verb, command })))
    for (const { verb, command } of examples) {
      const words = command
        .split(' | ')
        .find((part) => part.startsWith(`hearsay ${verb.name}`))
        ?.replace(/ > .*/, '')
        .replaceAll("'", '')
        .split(' ')
        .slice(1)
      if (words === undefined) continue
      const line = await parseCommandLine(words)
      expect(line, command).toMatchObject({ kind: 'run', verb })
      if (line.kind === 'run') resolveFlags(verb.flags, line.given, {})
    }
  })

  it('comes for a verb by --help before or behind it, and by help', async () => {
    const texts = await Promise.all(
      [
        ['ls', '--help'],
        ['--help', 'ls'],
        ['help', 'ls'],
        ['ls', 'x', '--help'],
      ].map((a) => run(a)),
    )
    expect(new Set(texts.map(({ stdout }) => stdout)).size).toBe(1)
    expect(texts[0]?.stdout).toMatch(/^hearsay ls \[PREFIX\]/)
  })

  it('fits the terminal', async () => {
    const { stdout } = await run(['serve', '--help'], { terminal: true })
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it('comes on standard error, as wrong usage, without a verb', async () => {
    const { code, stdout, stderr } = await run([])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Verbs:')
  })

  it('tells the version', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/) })
    expect((await run(['get', '--version'])).stdout).toBe((await run(['--version'])).stdout)
  })
})
