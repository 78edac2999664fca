/**
 * `hearsay sim`: the partition simulator. It is a program beside this one, and is loaded only when somebody asks for it;
 * here are its flags. A test compares their defaults with the simulator's own.
 */

import { HearsayError } from '../../core/errors.ts'
import { EXIT } from '../exit-codes.ts'
import type { ArgsOf } from '../flags.ts'
import { Progress } from '../progress.ts'
import { defineVerb, type Verb } from '../verb.ts'

const FLAGS = {
  seeds: { type: 'number', default: 100, least: 1, most: 10_000_000, describe: 'run: so many seeds' },
  from: { type: 'number', default: 1, most: 4_000_000_000, describe: 'run: the first of them' },
  nodes: { type: 'number', default: 5, least: 1, most: 50, describe: 'nodes in the cluster' },
  seconds: {
    type: 'number',
    default: 60,
    least: 1,
    most: 86_400,
    describe: 'simulated seconds with faults and clients',
  },
  ops: { type: 'number', default: 50, least: 1, most: 10_000, describe: 'client operations a simulated second' },
  faults: {
    type: 'list',
    default: [],
    describe: 'kinds of faults that a seed may switch on, in place of the usual ones; "none" for a calm run',
  },
  scenario: { type: 'string', describe: 'a story with a name, in place of what a seed draws' },
  jobs: { type: 'number', default: 0, most: 256, describe: 'run: threads; 0 for one a core' },
  until: { type: 'string', describe: 'run: stop at the first seed that breaks this invariant, as in I7' },
  shrink: { type: 'string', describe: 'make a failing run small, and write it to this file as a test' },
  report: { type: 'string', describe: 'write the picture of the replayed or first failing run to this file (HTML)' },
  trace: { type: 'boolean', default: false, describe: 'replay: print every frame and call' },
  json: { type: 'boolean', default: false, describe: 'run: the result as JSON' },
} as const

type SimArgs = ArgsOf<typeof FLAGS>

/** What the simulator's `command.ts` offers. It is compiled behind this program, so its types are said here. */
interface SimProgram {
  simRun(args: SimArgs, out: SimOutput): Promise<boolean>
  simReplay(target: string, args: SimArgs, out: SimOutput): Promise<boolean>
  simList(out: SimOutput): Promise<void>
}

interface SimOutput {
  line(text: string): Promise<void>
  progress(text: () => string): void
  readonly program: string
}

export const sim: Verb = defineVerb({
  name: 'sim',
  summary: 'Run clusters of this code over a simulated network, disk and clock, and break them.',
  details:
    '`run` tries many seeds and says which failed; `replay` shows one again, by its seed or from a file with a plan; `list` says which faults, scenarios and invariants there are. Exit code 1: an invariant was broken.',
  operands: [
    { name: 'ACTION', describe: 'run, replay or list' },
    { name: 'WHAT', describe: 'replay: a seed, or a file with a plan', optional: true },
  ],
  flags: FLAGS,
  ignoresEnvironment: true,
  examples: [
    ['hearsay sim run --seeds 500', 'five hundred runs of five nodes under all usual faults'],
    ['hearsay sim replay 7 --report run.html', 'one of them again, as a picture'],
    ['hearsay sim run --scenario split-brain', 'a story that you can read and change'],
  ],
  async run(args, [action = '', what], io) {
    const program = await load()
    const progress = new Progress(io.stderr)
    const out: SimOutput = {
      line(text) {
        progress.clear()
        return io.stdout.line(text)
      },
      progress: (text) => progress.show(text),
      program: io.env.npm_lifecycle_event === 'sim' ? 'npm run sim --' : 'hearsay sim',
    }
    const isReplay = action === 'replay'
    if (isReplay !== (what !== undefined))
      throw new HearsayError('ERR_USAGE', isReplay ? 'replay needs a seed or a file' : `${action} takes nothing more`)
    switch (action) {
      case 'run':
        return (await program.simRun(args, out)) ? EXIT.ok : EXIT.no
      case 'replay':
        return (await program.simReplay(what ?? '', args, out)) ? EXIT.ok : EXIT.no
      case 'list':
        await program.simList(out)
        return EXIT.ok
      default:
        throw new HearsayError('ERR_USAGE', `sim takes run, replay or list, not ${JSON.stringify(action)}`)
    }
  },
})

/** By its place, in the sources as in the built package. */
async function load(): Promise<SimProgram> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return (await import(new URL(`../../../sim/command.${extension}`, import.meta.url).href)) as SimProgram
}
