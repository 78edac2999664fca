/** Counts what became of many cases, and keeps the first failures with the command that shows each again. */

/** Told one by one; more are only counted. */
const TOLD_MAX = 20

export interface TallyParts {
  readonly cases: number
  readonly counts: Readonly<Record<string, number>>
  readonly failures: number
  readonly told: readonly string[]
}

export class Tally implements TallyParts {
  cases = 0
  readonly counts: Record<string, number> = {}
  failures = 0
  readonly told: string[] = []

  /** Runs one case. `replay`: what shows it again. */
  try(replay: () => string, run: () => string): void {
    this.cases++
    try {
      this.count(run())
    } catch (error) {
      this.fail(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n  again: ${replay()}`)
    }
  }

  count(what: string, times = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + times
  }

  fail(why: string): void {
    this.failures++
    if (this.told.length < TOLD_MAX) this.told.push(why)
  }

  add({ cases, counts, failures, told }: TallyParts): void {
    this.cases += cases
    for (const [what, times] of Object.entries(counts)) this.count(what, times)
    this.failures += failures
    this.told.push(...told.slice(0, TOLD_MAX - this.told.length))
  }

  tell(say: (line: string) => void): void {
    for (const [what, times] of Object.entries(this.counts).sort()) say(`  ${what}: ${times}`)
    for (const failure of this.told) say(`FAILED: ${failure}`)
    if (this.failures > this.told.length) say(`FAILED: ${this.failures - this.told.length} more`)
  }
}
