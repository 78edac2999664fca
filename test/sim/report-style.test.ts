/** The colours of the page: what its style promises of contrast is computed, in light and in dark. */

import { describe, expect, it } from 'vitest'
import { STYLE } from '../../sim/report/style.ts'

type Colours = Readonly<Record<string, string>>

function coloursIn(block: string): Colours {
  return Object.fromEntries([...block.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex]))
}

/** By WCAG 2. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(colours: Colours, a: string, b: string): number {
  const [one, two] = [luminance(colours[a] ?? ''), luminance(colours[b] ?? '')]
  return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05)
}

const [light = '', dark = ''] = STYLE.split('prefers-color-scheme: dark')

describe.each([
  ['light', coloursIn(light)],
  ['dark', coloursIn(dark)],
])('%s', (_, colours) => {
  it.each([...new Set([...STYLE.matchAll(/[{; ]color: var\(--([a-z0-9-]+)\)/g)].map(([, name = '']) => name))])(
    'has text that can be read: %s',
    (name) => {
      const own: Colours = { broken: 'broken-ground', held: 'held-ground' }
      const grounds = name === 'panel' ? ['ink', 'value-1'] : ['paper', 'panel', 'field', 'lit', own[name] ?? 'panel']
      for (const ground of grounds) expect(contrast(colours, name, ground), ground).toBeGreaterThanOrEqual(4.5)
    },
  )

  it.each(
    Object.keys(colours).filter(
      (name) => /^(value-|news|repair|other|deleted|fault|broken|held|faint)/.test(name) && !name.endsWith('-ground'),
    ),
  )('has marks that can be seen: %s', (name) => expect(contrast(colours, name, 'panel')).toBeGreaterThanOrEqual(3))
})
