/** Runs the built script with real nodes and speaks to its prompt through a pipe, as a user would with `npm start`. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { newFolder } from '../platform/folders.ts'

const SCRIPT = join(import.meta.dirname, '../../dist/scripts/cluster.js')
/** Gossip takes milliseconds; this many looks take seconds. */
const LOOKS_MAX = 200

class Script {
  readonly child: ChildProcess
  output = ''
  #asked = 0
  #wake: () => void = () => {}

  constructor(flags: readonly string[]) {
    if (!existsSync(SCRIPT)) throw new Error('npm run build makes the script that this test runs')
    this.child = spawn(process.execPath, [SCRIPT, ...flags], { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(async () => {
      if (this.child.exitCode === null && this.child.signalCode === null) {
        this.child.kill('SIGTERM')
        await once(this.child, 'exit')
      }
      expect(this.pids().filter(isAlive)).toEqual([])
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text
      this.#wake()
    })
    this.child.once('exit', () => this.#wake())
  }

  async until(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`the script ended without "${text}":\n${this.output}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** What one command prints. */
  async ask(line: string): Promise<string> {
    const mark = `#${++this.#asked}`
    const begin = this.output.length
    this.child.stdin?.write(`${line}\n${mark}\n`)
    await this.until(`there is no verb "${mark}"`)
    const answer = this.output.slice(begin)
    return answer.slice(answer.indexOf('\n') + 1, answer.indexOf(`hearsay> ${mark}`))
  }

  /** Asks again until the answer is this: what one node took is on its way to the others. */
  async askUntil(line: string, answer: string): Promise<void> {
    let last = ''
    for (let look = 0; look < LOOKS_MAX; look++) {
      last = await this.ask(line)
      if (last.includes(answer)) return
    }
    expect(last).toContain(answer)
  }

  async quit(): Promise<string> {
    this.child.stdin?.end('quit\n')
    await once(this.child, 'close')
    return this.output
  }

  /** Of every node that was ever started. */
  pids(): readonly number[] {
    return [...this.output.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid))
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // Ended, and nobody has asked for its exit code: in a container there may be nobody to ask.
    return !(existsSync('/proc/self/stat') && /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
  } catch {
    return false
  }
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' ? String(address?.port) : ''
}

async function start(dir: string, ...flags: string[]): Promise<Script> {
  const script = new Script(['--dir', dir, '--port', await freePort(), ...flags])
  await script.until('From another terminal')
  return script
}

describe('the cluster script', () => {
  it('writes here, reads there, differs when the network is cut and agrees when it heals', async () => {
    const script = await start(newFolder())
    expect(script.output).toContain('All 3 see each other')
    expect(await script.ask('put greeting hello n1')).toMatch(/^n1 took greeting in /)
    await script.askUntil('get greeting n3', '"hello"')
    await script.askUntil('get greeting', 'all agree: "hello"')

    expect(await script.ask('partition n1,n2 | n3')).toContain('Cut: n1,n2 | n3')
    await script.ask('put greeting left n1')
    await script.ask('put greeting right n3')
    await script.askUntil('get greeting n2', '"left"')
    expect(await script.ask('get greeting')).toBe('  n1,n2  "left"\n  n3     "right"\nthey differ\n')
    expect(await script.ask('status')).toContain('network cut: n1,n2 | n3; contents differ')

    expect(await script.ask('heal')).toMatch(/all equal again after .+; of two writes to one key the later one won/)
    expect(await script.ask('get greeting')).toBe('all agree: "right"\n')
    await script.ask('del greeting n2')
    await script.askUntil('get greeting', 'all agree: (nothing)')
    expect(await script.ask('put a')).toBe('it goes: put KEY VALUE [NODE]\n')
    expect(await script.quit()).toContain('n1, n2, n3 have stopped.')
    expect(script.child.exitCode).toBe(0)
    expect(script.pids()).toHaveLength(3)
    expect(script.pids().filter(isAlive)).toEqual([])
  })

  it('keeps what a killed node had, cuts it off again when it restarts, and all of it for the next start', async () => {
    const dir = newFolder()
    const script = await start(dir)
    await script.ask('put a 1 n3')
    expect(await script.ask('kill n3')).toMatch(/^n3 \(pid \d+\) is dead/)
    expect(await script.ask('kill n3')).toBe('n3 is down already\n')
    expect(await script.ask('get a n3')).toContain('n3 is down, killed (SIGKILL)')
    await script.ask('partition n3')
    await script.ask('put a 2 n1')
    expect(await script.ask('restart n3')).toMatch(/^n3 is up again after .+\nand can reach no other node\n$/)
    expect(await script.ask('get a n3')).toBe('1\n')
    expect(await script.ask('heal')).toContain('all equal again')
    expect(await script.ask('get a')).toBe('all agree: 2\n')
    await script.quit()

    const again = await start(dir, '--nodes', '2')
    expect(again.output).toContain('n3 took part earlier')
    expect(await again.ask('get a')).toBe('all agree: 2\n')
    await again.quit()

    const fresh = await start(dir, '--nodes', '1', '--fresh')
    expect(await fresh.ask('get a')).toBe('n1: (nothing)\n')
    expect(await fresh.quit()).toContain('n1 has stopped.')
  })

  it('says when a node ends unasked, and takes every node with it when it is killed itself', async () => {
    const dir = newFolder()
    const script = await start(dir)
    const other = new Script(['--dir', dir, '--port', await freePort()])
    await other.until('ERR_FOLDER_IN_USE')
    await once(other.child, 'close')
    expect(other.child.exitCode).toBe(1)

    const [, second = 0] = script.pids()
    process.kill(second, 'SIGKILL')
    await script.until('n2 ended unasked (SIGKILL)')
    expect(await script.ask('status')).toMatch(/n2 +down +ended unasked/)
    expect(await script.ask('restart n2')).toContain('n2 is up again')

    script.child.kill('SIGKILL')
    await expect.poll(() => script.pids().filter(isAlive), { timeout: 10_000 }).toEqual([])
  })
})
