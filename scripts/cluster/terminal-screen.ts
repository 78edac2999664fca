/**
 * A terminal with the status and the prompt at the bottom, always in view, and everything else above them, in order.
 * What is being typed is never touched: the status is rewritten in place, line by line and only where it changed, by
 * moves relative to the cursor; printing takes the bottom away, prints, and paints it again below, typed text included.
 *
 * It rests on one fact, that readline's cursor stands where `getCursorPos` says. So whatever else would move it (a list
 * of completions, Ctrl-Z) is off, and after what wipes or reflows the screen (Ctrl-L, a resize) all is painted anew.
 */

import { createInterface, type Interface, type Key } from 'node:readline'
import { styleText } from 'node:util'
import { echoed, PROMPT, type Screen } from './screen.ts'
import type { StatusLine, Tone } from './status-table.ts'
import { fitText, textWidth } from './text-width.ts'

const CLEAR_DOWN = '\u001b[J'
const CLEAR_SCREEN = '\u001b[H\u001b[2J'
const CLEAR_LINE_END = '\u001b[K'
/** Lines that the terminal must have beside the status, for it to be shown. */
const LINES_BESIDE = 5
const RULE = '─'
const HISTORY_LINES = 500

const COLOURS: Readonly<Record<Exclude<Tone, 'plain'>, Parameters<typeof styleText>[0]>> = {
  dim: 'dim',
  good: 'green',
  doubtful: 'yellow',
  bad: 'red',
}

export class TerminalScreen implements Screen {
  readonly isLive = true
  readonly lines: AsyncIterable<string>
  readonly #input: NodeJS.ReadStream
  readonly #output: NodeJS.WriteStream
  readonly #hasColours: boolean
  readonly #typed: Interface & { prevRows?: number }
  #status: readonly StatusLine[] = []
  /** The lines as they stand on the terminal now. */
  #shown: readonly string[] = []
  #isClosed = false

  /** `complete` gives the words that may end a line; `onInterrupt` is Ctrl-C. */
  constructor(
    input: NodeJS.ReadStream,
    output: NodeJS.WriteStream,
    { complete, onInterrupt }: { complete: (line: string) => readonly string[]; onInterrupt: () => void },
  ) {
    this.#input = input
    this.#output = output
    this.#hasColours = output.hasColors()
    const completer = (line: string): [string[], string] => {
      const found = complete(line)
      // One only: a list would be printed right over the status.
      return [found.length === 1 ? [...found] : [], line]
    }
    this.#typed = createInterface({
      input,
      output,
      prompt: PROMPT,
      terminal: true,
      historySize: HISTORY_LINES,
      completer,
    })
    this.lines = echoed(this.#typed[Symbol.asyncIterator](), this)
    this.#typed.on('line', this.#onLine)
    this.#typed.on('SIGINT', onInterrupt)
    this.#typed.on('SIGTSTP', () => {})
    this.#typed.on('close', this.#onClose)
    input.on('keypress', this.#onKey)
    output.on('resize', this.#repaintAll)
    this.#paint()
  }

  print(...lines: readonly string[]): void {
    const text = lines.map((line) => `${line}\n`).join('')
    if (this.#isClosed) {
      this.#output.write(text)
      return
    }
    this.#output.cork()
    this.#output.write(`${this.#toTop()}${CLEAR_DOWN}${text}`)
    this.#paint()
    this.#output.uncork()
  }

  show(status: readonly StatusLine[]): void {
    this.#status = status
    if (this.#isClosed) return
    const lines = this.#fitted()
    if (lines.length === this.#shown.length) this.#rewrite(lines)
    else this.print()
  }

  close(): void {
    this.#typed.close()
  }

  readonly #onClose = (): void => {
    if (this.#isClosed) return
    this.#output.write(`${this.#toTop()}${CLEAR_DOWN}`)
    this.#isClosed = true
    this.#input.off('keypress', this.#onKey)
    this.#output.off('resize', this.#repaintAll)
  }

  /** readline has moved below what was typed: take that and the status away. The line is printed when it is taken. */
  readonly #onLine = (line: string): void => {
    const rows = Math.floor(textWidth(PROMPT + line) / this.#output.columns) + 1
    this.#output.cork()
    this.#output.write(`\r${up(rows + this.#shown.length)}${CLEAR_DOWN}`)
    this.#paint()
    this.#output.uncork()
  }

  readonly #onKey = (_text: string | undefined, key: Key): void => {
    this.#noteWraps()
    if (key.ctrl === true && key.name === 'l') this.#repaintAll()
  }

  /**
   * Letters that come many at a time (pasted ones) go out without readline noting that they wrapped, so that its next
   * refresh would begin too low: it goes up by `prevRows`, which it has no other name for.
   */
  #noteWraps(): void {
    const { rows, cols } = this.#typed.getCursorPos()
    if (this.#typed.prevRows === rows) return
    // A full line leaves the terminal's cursor behind its last letter until something more is written.
    if (cols === 0) this.#output.write(' \r')
    this.#typed.prevRows = rows
  }

  readonly #repaintAll = (): void => {
    this.#output.cork()
    this.#output.write(CLEAR_SCREEN)
    this.#paint()
    this.#output.uncork()
  }

  /** From the line where the status begins, with nothing below it. */
  #paint(): void {
    this.#shown = this.#fitted()
    // readline refreshes by going up as many rows as its cursor is below the prompt, so let it find that room.
    const { rows } = this.#typed.getCursorPos()
    this.#output.write(`${this.#shown.map((line) => `${line}\n`).join('')}${'\n'.repeat(rows)}`)
    this.#typed.prompt(true)
  }

  #rewrite(lines: readonly string[]): void {
    if (lines.every((line, index) => line === this.#shown[index])) return
    const { rows, cols } = this.#typed.getCursorPos()
    let text = this.#toTop()
    lines.forEach((line, index) => {
      text += line === this.#shown[index] ? down(1) : `${line}${CLEAR_LINE_END}\r${down(1)}`
    })
    this.#shown = lines
    this.#output.write(`${text}${down(rows)}${cols > 0 ? `\u001b[${cols}C` : ''}`)
  }

  #toTop(): string {
    return `\r${up(this.#typed.getCursorPos().rows + this.#shown.length)}`
  }

  #fitted(): readonly string[] {
    const { rows, columns } = this.#output
    if (rows < this.#status.length + LINES_BESIDE) return []
    // A letter in the last column would leave the cursor between two lines.
    const rule: StatusLine = { text: RULE.repeat(columns - 1), tone: 'dim' }
    const lines = this.#status.length === 0 ? [] : [rule, ...this.#status]
    return lines.map(({ text, tone }) => {
      const line = fitText(text, columns - 1)
      return tone === 'plain' || !this.#hasColours ? line : styleText(COLOURS[tone], line)
    })
  }
}

function up(rows: number): string {
  return rows > 0 ? `\u001b[${rows}A` : ''
}

function down(rows: number): string {
  return rows > 0 ? `\u001b[${rows}B` : ''
}
