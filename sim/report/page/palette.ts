/**
 * The colours of the picture, read from the style of the page so that light and dark are said in one place. They keep
 * apart for all kinds of colour vision (after Okabe and Ito), and no meaning hangs on colour alone.
 */

export interface Palette {
  readonly paper: string
  readonly panel: string
  readonly ink: string
  readonly soft: string
  readonly faint: string
  readonly rule: string
  readonly news: string
  readonly repair: string
  readonly other: string
  readonly deleted: string
  readonly fault: string
  readonly broken: string
  /** Of the values that one key had, in turn. */
  readonly values: readonly string[]
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  return {
    paper: colour('paper'),
    panel: colour('panel'),
    ink: colour('ink'),
    soft: colour('soft'),
    faint: colour('faint'),
    rule: colour('rule'),
    news: colour('news'),
    repair: colour('repair'),
    other: colour('other'),
    deleted: colour('deleted'),
    fault: colour('fault'),
    broken: colour('broken'),
    values: ['value-1', 'value-2', 'value-3', 'value-4', 'value-5'].map(colour),
  }
}

export const TEXT_FONT: string =
  '11px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif'
export const BOLD_FONT: string = `600 ${TEXT_FONT}`
export const SMALL_FONT: string = TEXT_FONT.replace('11px', '10px')
