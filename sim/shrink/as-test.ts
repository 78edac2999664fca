/**
 * A plan as a test to keep: a vitest file that replays the plan and expects the invariant to hold. It fails for as long as
 * the bug is there. The text is valid whatever the keys, values and findings hold.
 */

import type { Plan } from '../plan.ts'
import { fieldLiteral, literal, textLiteral } from './literal.ts'

export interface BrokenRule {
  /** As in `I7`. */
  readonly id: string
  /** The invariant in words. */
  readonly rule: string
  readonly finding: string
}

const COMMENT_WIDTH = 117

/** @param from the module that exports `runPlan` */
export function asTest(plan: Plan, violation: BrokenRule, from = 'hearsay/sim'): string {
  const name = `${violation.id}: ${violation.rule}`
  const found = violation.finding.split(/[\r\n\u2028\u2029]+/).filter((line) => line.trim() !== '')
  return `${comment([`A run that broke ${name}.`, 'Found:', ...found.map((line) => `  ${line.trim()}`)])}

${imports(from)}

it(${textLiteral(name)}, () => {
  const { violation } = runPlan(${planLiteral(plan)})
  expect(violation?.message).toBeUndefined()
})
`
}

/** Each field and each step on a line of its own. */
function planLiteral({ steps, ...head }: Plan): string {
  const fields = Object.entries(head).map(([name, value]) => `    ${fieldLiteral(name, value, 2)},\n`)
  const lines = steps.map((step) => `      ${literal(step, 3)},\n`)
  return `{\n${fields.join('')}    steps: [${lines.length === 0 ? '' : `\n${lines.join('')}    `}],\n  }`
}

/** Sorted as formatters do: packages before paths. */
function imports(from: string): string {
  const lines = [`import { runPlan } from ${textLiteral(from)}`, `import { expect, it } from ${textLiteral('vitest')}`]
  return (from.startsWith('.') || from > 'vitest' ? lines.reverse() : lines).join('\n')
}

function comment(paragraphs: readonly string[]): string {
  const lines = paragraphs.flatMap((paragraph) => wrapped(paragraph.replaceAll('*/', '* /')))
  return `/**\n${lines.map((line) => ` * ${line}\n`).join('')} */`
}

function wrapped(paragraph: string): readonly string[] {
  const indent = /^ */.exec(paragraph)?.[0] ?? ''
  const lines: string[] = []
  let line = indent
  for (const word of paragraph.trim().split(' ')) {
    if (line.length > indent.length && line.length + word.length >= COMMENT_WIDTH) {
      lines.push(line.trimEnd())
      line = indent
    }
    line += `${word} `
  }
  return [...lines, line.trimEnd()]
}
