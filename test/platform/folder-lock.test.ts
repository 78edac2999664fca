import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openFolder } from '../../src/platform/disk.ts'
import { did, newFolder } from './folders.ts'

const knowsProcesses = existsSync('/proc/self/stat')
const opener = fileURLToPath(new URL('./open-folder.child.js', import.meta.url))

interface Opener {
  readonly child: ChildProcess
  /** `held`, or the code of the error. */
  readonly answer: Promise<string>
  go(): void
}

/** Another process that opens a folder when told to, and holds it until it ends. */
async function startOpener(folder: string): Promise<Opener> {
  const child = spawn(node, [...nodeFlags, opener, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout!, 'data')
  const answer = once(child.stdout!, 'data').then(([bytes]) => String(bytes))
  return { child, answer, go: () => void child.stdin!.write('go\n') }
}
