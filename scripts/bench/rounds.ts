/**
 * How a benchmark is measured and told: hearsay and its peers take turns in the same run, since machines differ and are
 * noisy; each row is the median of the rounds with the least and the most, and the ratio is taken round by round. A
 * ratio is always "how well beside the peer": 1 is as good, above is better, whatever the unit.
 */

/** What a run may be told; sizes are per round. */
export interface BenchOptions {
  /** Temporary folders are made here: it decides which disk is measured. */
  readonly dir: string
  readonly rounds: number
  /** How long one round of a benchmark that counts calls lasts, ms. */
  readonly roundMs: number
  /** No new round begins when a benchmark has measured for this long, ms. */
  readonly budgetMs: number
  /** Writers that wait for the disk at one time, one row for each number. */
  readonly writers: readonly number[]
  /** Calls of a client that wait at one time, one row for each number. */
  readonly inFlight: readonly number[]
  /** Puts of `visible`. */
  readonly samples: number
  /** Puts of `burst`, and how many of them may wait at one time. */
  readonly puts: number
  readonly window: number
  /** Keys of `get`, `heap` and `bulk`; entries of `log`'s start and checkpoint. */
  readonly keys: number
  /** `log`: which of its parts, how many keys are overwritten again and again, and how many times in all. */
  readonly parts: readonly string[]
  readonly hotKeys: number
  readonly overwrites: number
  /** `repair`: sizes of the two stores, and by how many overwrites they differ. */
  readonly entries: readonly number[]
  readonly differ: readonly number[]
  /** `bulk`: how long puts are measured before the pull, ms. */
  readonly calmMs: number
  /** Lookups of `get`. */
  readonly lookups: number
}

export interface Bench {
  readonly name: string
  /** What is measured, and against what. */
  readonly about: string
  run(options: BenchOptions): Promise<readonly Row[]>
  /** What a person is told of the latest run in place of its rows. */
  tell?(): string
}

/** A bound on the ratio, or on hearsay's own figure. */
export type Goal = { readonly ratioAtLeast: number } | { readonly atLeast: number } | { readonly atMost: number }

export interface Row {
  readonly what: string
  readonly unit: string
  readonly better: 'more' | 'less'
  /** One figure a round; `ours[i]` and `bare[i]` were measured one after the other. */
  readonly ours: readonly number[]
  readonly bare: readonly number[]
  /** Whose the figures of `bare` are, where a benchmark has more peers than one. */
  readonly peer?: string
  readonly goal?: Goal | undefined
  /** What a reader of the figures must know. */
  readonly note?: string | undefined
}

export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

export interface Turns<T> {
  readonly ours: T[]
  readonly bare: T[]
}

export interface TurnLimits {
  readonly rounds: number
  readonly budgetMs: number
  /** Whether a first round of all is thrown away. */
  readonly warmUp: boolean
}

export interface Duel<T> extends TurnLimits {
  ours(): Promise<T>
  bare(): Promise<T>
}

/** Lets both take turns, at least once each, until the rounds are done or the time is used up. */
export function duel<T>({ ours, bare, ...limits }: Duel<T>): Promise<Turns<T>> {
  return takeTurns(limits, { ours, bare })
}

/** The same for any number of sides. Figures at the same place of two lists were measured in the same round. */
export async function takeTurns<T, Side extends string>(
  { rounds, budgetMs, warmUp }: TurnLimits,
  sides: Readonly<Record<Side, () => Promise<T>>>,
): Promise<Record<Side, T[]>> {
  const names = Object.keys(sides) as Side[]
  const turns = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Side, T[]>
  if (warmUp) for (const name of names) await sides[name]()
  const endMs = performance.now() + budgetMs
  let done = 0
  do {
    for (const name of names) turns[name].push(await sides[name]())
    done++
  } while (done < rounds && performance.now() < endMs)
  return turns
}

/** Calls a second when `callers` loops call until `ms` have passed; each loop waits for its own calls. */
export async function callsPerSecond(
  callers: number,
  ms: number,
  call: (caller: number) => Promise<unknown>,
): Promise<number> {
  const startMs = performance.now()
  const endMs = startMs + ms
  let calls = 0
  const loop = async (caller: number): Promise<void> => {
    do {
      await call(caller)
      calls++
    } while (performance.now() < endMs)
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => loop(caller)))
  return (calls * 1000) / (performance.now() - startMs)
}

/** `part` of 0.99 is the 99th percentile. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
  return { median, least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN }
}

export function ratio({ ours, bare, better }: Row): Spread {
  const pairs = ours.map((our, round) => [our, bare[round] ?? Number.NaN] as const)
  return spread(pairs.map(([our, their]) => (better === 'more' ? our / their : their / our)))
}

export function isMet(row: Row): boolean | undefined {
  if (row.goal === undefined) return undefined
  if ('atMost' in row.goal) return spread(row.ours).median <= row.goal.atMost
  if ('atLeast' in row.goal) return spread(row.ours).median >= row.goal.atLeast
  return ratio(row).median >= row.goal.ratioAtLeast
}

/** The rows as lines for a person, under a line of headings. */
export function table(rows: readonly Row[]): string {
  const hasPeers = rows.some(({ peer }) => peer !== undefined)
  const cells = rows.map((row) => {
    const figures = [spread(row.ours), spread(row.bare), ratio(row)].map(figure)
    const told = [goalText(row), row.note ?? ''].filter((text) => text !== '').join('; ')
    return [row.what, row.unit, ...figures, ...(hasPeers ? [row.peer ?? ''] : []), told]
  })
  const headings = hasPeers ? ['peer', 'ratio', 'the peer is', 'goal'] : ['bare', 'ratio', 'goal']
  const all = [['', 'unit', 'hearsay', ...headings], ...cells]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? []
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** The same for machines. */
export function report(bench: Bench, rows: readonly Row[]): object {
  return {
    bench: bench.name,
    about: bench.about,
    node: process.version,
    rows: rows.map((row) => ({
      what: row.what,
      unit: row.unit,
      better: row.better,
      hearsay: { ...spread(row.ours), rounds: row.ours },
      bare: { ...spread(row.bare), rounds: row.bare },
      peer: row.peer,
      ratio: ratio(row),
      goal: row.goal,
      met: isMet(row),
      note: row.note,
    })),
  }
}

function goalText(row: Row): string {
  if (row.goal === undefined) return ''
  const words = isMet(row) ? 'met' : 'short'
  if ('atMost' in row.goal) return `≤ ${short(row.goal.atMost)} ${row.unit}: ${words}`
  if ('atLeast' in row.goal) return `≥ ${short(row.goal.atLeast)} ${row.unit}: ${words}`
  return `≥ ${Number(row.goal.ratioAtLeast.toPrecision(3))}: ${words}`
}

function figure({ median, least, most }: Spread): string {
  return Number.isFinite(median) ? `${short(median)} (${short(least)}–${short(most)})` : '–'
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3)
}
