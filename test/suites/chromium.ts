/**
 * A headless Chromium for tests of pages: finds it, starts it, speaks its devtools protocol over a pipe, and ends it by
 * its process id; should the test die first, the browser ends with the pipe. Where there is none, `findChromium` says so
 * and the test is skipped.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

/** From CHROMIUM_PATH or on PATH. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const places = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)))
  const set = process.env.CHROMIUM_PATH
  return (set === undefined ? places : [set]).find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

interface Reply {
  readonly id?: number
  readonly method?: string
  readonly params?: object
  readonly result?: object
}

export class Chromium {
  /** What the page wrote to its console, and what it threw. */
  readonly complaints: string[] = []
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #waiting = new Map<number, (reply: Reply) => void>()
  readonly #events = new Map<string, () => void>()
  #session: string | undefined
  #calls = 0
  /** The start of a reply of which the end has not come. */
  #rest = ''

  private constructor(file: string, width: number, height: number) {
    this.#folder = mkdtempSync(join(tmpdir(), 'hearsay-chromium-'))
    const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run']
    const places = [`--user-data-dir=${this.#folder}`, `--window-size=${width},${height}`, '--remote-debugging-pipe']
    const stdio = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] as const
    // It leads a group of its own, so that all its processes can be ended together.
    this.#child = spawn(file, [...flags, ...places, 'about:blank'], { stdio: [...stdio], detached: true })
    const replies = this.#child.stdio[4] as Readable
    replies.setEncoding('utf8')
    replies.on('data', (text: string) => this.#received(text))
    this.#child.on('exit', (code) => {
      for (const [id, done] of this.#waiting) done({ id, method: `chromium ended with ${code}` })
    })
  }

  static async start(file: string, width: number, height: number): Promise<Chromium> {
    const browser = new Chromium(file, width, height)
    const { targetId } = (await browser.call('Target.createTarget', { url: 'about:blank' })) as { targetId: string }
    const attached = await browser.call('Target.attachToTarget', { targetId, flatten: true })
    browser.#session = (attached as { sessionId: string }).sessionId
    for (const domain of ['Page', 'Runtime', 'Log']) await browser.call(`${domain}.enable`, {})
    return browser
  }

  call(method: string, params: object): Promise<object> {
    const id = ++this.#calls
    const asked = this.#child.stdio[3] as Writable
    asked.write(`${JSON.stringify({ id, method, params, sessionId: this.#session })}\0`)
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (reply) => {
        if (reply.result === undefined) reject(new Error(`${method}: ${JSON.stringify(reply)}`))
        else resolve(reply.result)
      })
    })
  }

  async open(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => this.#events.set('Page.loadEventFired', resolve))
    await this.call('Page.navigate', { url })
    await loaded
  }

  /** What the expression amounts to in the page; promises are awaited. */
  async evaluate<T>(expression: string): Promise<T> {
    const asked = { expression, awaitPromise: true, returnByValue: true }
    const { result, exceptionDetails } = (await this.call('Runtime.evaluate', asked)) as {
      result: { value: T }
      exceptionDetails?: object
    }
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails))
    return result.value
  }

  /** Ends the browser with all its processes. */
  async close(): Promise<void> {
    const ended = once(this.#child, 'exit')
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL')
    await ended
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #received(text: string): void {
    const parts = (this.#rest + text).split('\0')
    this.#rest = parts.pop() ?? ''
    for (const part of parts) this.#heard(JSON.parse(part))
  }

  #heard(reply: Reply): void {
    if (reply.id !== undefined) {
      this.#waiting.get(reply.id)?.(reply)
      this.#waiting.delete(reply.id)
    }
    if (reply.method === 'Runtime.exceptionThrown' || reply.method === 'Runtime.consoleAPICalled')
      this.complaints.push(JSON.stringify(reply.params))
    if (reply.method === 'Log.entryAdded') this.complaints.push(JSON.stringify(reply.params))
    this.#events.get(reply.method ?? '')?.()
  }
}
