/** What there is, for `hearsay sim list`: faults, scenarios, invariants, and what is off and why. */

import { CHECKERS_OFF } from './checkers/index.ts'
import { FAULT_FAMILIES } from './faults/index.ts'
import { rules } from './run.ts'
import { SCENARIOS, STORY_FAMILIES } from './scenarios/index.ts'

interface Listed {
  readonly name: string
  readonly text: string
  /** Why it is off, or what of it is, and why. */
  readonly off?: string
}

export interface Listing {
  readonly faults: readonly Listed[]
  readonly scenarios: readonly Listed[]
  readonly invariants: readonly Listed[]
}

export function listing(): Listing {
  return {
    faults: FAULT_FAMILIES.map(({ kind, text, off }) => listed(kind, text, off)),
    scenarios: [...SCENARIOS, ...STORY_FAMILIES].map(({ name, text, off }) => listed(name, text, off)),
    invariants: invariants(),
  }
}

/** Each stands once: what of a rule is not judged yet stands under it. */
function invariants(): readonly Listed[] {
  const judged = rules()
  const offOf = new Map(CHECKERS_OFF.map((one) => [one.id, one]))
  const half = judged.map(({ id, rule }) => {
    const off = offOf.get(id)
    return listed(id, rule, off === undefined ? undefined : `${off.rule}: ${off.off}`)
  })
  const whole = CHECKERS_OFF.filter(({ id }) => judged.every((one) => one.id !== id))
  return [...half, ...whole.map(({ id, rule, off }) => listed(id, rule, off))].sort(
    (a, b) => placeOf(a.name) - placeOf(b.name),
  )
}

/** L1, L2, …, I0, I1, …, as `rules` has them. */
function placeOf(id: string): number {
  return Number(id.slice(1)) + (id.startsWith('L') ? 0 : 100)
}

function listed(name: string, text: string, off: string | undefined): Listed {
  return off === undefined ? { name, text } : { name, text, off }
}

export function listingLines({ faults, scenarios, invariants }: Listing): readonly string[] {
  return [
    ...table('Faults (a seed switches some of them on):', faults),
    ...table('Scenarios (--scenario NAME):', scenarios),
    ...table('Invariants:', invariants),
  ]
}

function table(title: string, rows: readonly Listed[]): readonly string[] {
  const width = Math.max(...rows.map(({ name }) => name.length))
  const lines = rows.flatMap(({ name, text, off }) => {
    const line = `  ${name.padEnd(width)}  ${text}`
    return off === undefined ? [line] : [line, `  ${' '.repeat(width)}  off: ${off}`]
  })
  return [title, ...lines, '']
}
