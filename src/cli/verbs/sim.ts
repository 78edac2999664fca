/**
 * `hearsay sim`: the partition simulator. It is a program beside this one, and is loaded only when somebody asks for it;
 * here are its flags. A test compares their defaults with the simulator's own.
 */

import { HearsayError } from '../../core/errors.ts'
import { EXIT } from '../exit-codes.ts'
import type { ArgsOf } from '../flags.ts'
import { Progress } from '../progress.ts'
import { defineVerb, type Verb } from '../verb.ts'

/** What stands for a flag that was not given. The flags themselves have no defaults: one that does not apply is refused. */
const DEFAULTS = { seeds: 100, from: 1, nodes: 5, seconds: 60, ops: 50, jobs: 0 } as const

const FLAGS = {
  seeds: number('seeds', 1, 10_000_000, 'run: so many seeds'),
  from: number('from', 0, 4_000_000_000, 'run: the first of them'),
  nodes: number('nodes', 1, 50, 'nodes in the cluster'),
  seconds: number('seconds', 1, 86_400, 'simulated seconds with faults and clients'),
  ops: number('ops', 1, 10_000, 'client operations a simulated second'),
  faults: {
    type: 'list',
    default: [],
    describe: 'kinds of faults that a seed may switch on, in place of the usual ones; "none" for a calm run',
  },
  scenario: { type: 'string', describe: 'a story with a name, in place of what a seed draws' },
  jobs: number('jobs', 0, 256, 'run: threads; 0 for one a core'),
  until: { type: 'string', describe: 'run: stop at the first seed that breaks this invariant, as in I7' },
  shrink: { type: 'string', describe: 'make a failing run small, and write it to this file as a test' },
  report: { type: 'string', describe: 'write the picture of the replayed or first failing run to this file (HTML)' },
  plan: { type: 'string', describe: 'replay: write the plan to this file (JSON), to read, change and replay' },
  trace: { type: 'boolean', default: false, describe: 'replay: print every frame and call' },
  json: { type: 'boolean', default: false, describe: 'the result as JSON' },
} as const

function number<L extends number, M extends number>(
  name: keyof typeof DEFAULTS,
  least: L,
  most: M,
  describe: string,
): { readonly type: 'number'; readonly least: L; readonly most: M; readonly describe: string } {
  return { type: 'number', least, most, describe: `${describe} (default: ${DEFAULTS[name]})` }
}

type Given = ArgsOf<typeof FLAGS>
type SimArgs = Given & { readonly [Name in keyof typeof DEFAULTS]: number }
type FlagName = keyof typeof FLAGS

/** What a seed draws from. */
const SHAPE: readonly FlagName[] = ['nodes', 'seconds', 'ops', 'faults']

const TAKES: Readonly<Record<string, readonly FlagName[]>> = {
  run: [...SHAPE, 'seeds', 'from', 'scenario', 'jobs', 'until', 'shrink', 'report', 'json'],
  replay: [...SHAPE, 'scenario', 'shrink', 'report', 'plan', 'trace', 'json'],
  list: ['json'],
}

/** What the simulator's `command.ts` offers. It is compiled behind this program, so its types are said here. */
interface SimProgram {
  simRun(args: SimArgs, out: SimOutput): Promise<boolean>
  simReplay(target: string, args: SimArgs, out: SimOutput): Promise<boolean>
  simList(args: SimArgs, out: SimOutput): Promise<void>
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
  async run(given, [action = '', what], io) {
    checkGiven(given, action, what)
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
    const args = withDefaults(given)
    if (action === 'run') return (await program.simRun(args, out)) ? EXIT.ok : EXIT.no
    if (action === 'replay') return (await program.simReplay(what ?? '', args, out)) ? EXIT.ok : EXIT.no
    await program.simList(args, out)
    return EXIT.ok
  },
})

/** Throws `ERR_USAGE` for what would be passed over. */
function checkGiven(given: Given, action: string, what: string | undefined): void {
  const takes = TAKES[action]
  if (takes === undefined) throw usage(`sim takes run, replay or list, not ${JSON.stringify(action)}`)
  const isReplay = action === 'replay'
  if (isReplay !== (what !== undefined))
    throw usage(isReplay ? 'replay needs a seed or a file' : `${action} takes nothing more`)
  const isGiven = (name: FlagName): boolean => {
    const value = given[name]
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false
  }
  const names = (Object.keys(FLAGS) as FlagName[]).filter(isGiven)
  const refuse = (refused: readonly FlagName[], why: string): void => {
    const name = names.find((one) => refused.includes(one))
    if (name !== undefined) throw usage(`--${name} ${why}`)
  }
  refuse(
    names.filter((name) => !takes.includes(name)),
    `is not for ${action}`,
  )
  if (what !== undefined && !/^\d+$/.test(what)) refuse([...SHAPE, 'scenario'], `is not for a plan: ${what} says it`)
  if (given.scenario !== undefined) refuse(SHAPE, 'does not go with --scenario, which says it')
  if (given.json) refuse(['trace'], 'does not go with --json')
}

function usage(text: string): HearsayError {
  return new HearsayError('ERR_USAGE', text)
}

function withDefaults({ seeds, from, nodes, seconds, ops, jobs, ...given }: Given): SimArgs {
  return {
    ...given,
    seeds: seeds ?? DEFAULTS.seeds,
    from: from ?? DEFAULTS.from,
    nodes: nodes ?? DEFAULTS.nodes,
    seconds: seconds ?? DEFAULTS.seconds,
    ops: ops ?? DEFAULTS.ops,
    jobs: jobs ?? DEFAULTS.jobs,
  }
}

/** By its place, in the sources as in the built package. */
async function load(): Promise<SimProgram> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return (await import(new URL(`../../../sim/command.${extension}`, import.meta.url).href)) as SimProgram
}
