/**
 * The controls above the picture: the key that stands out, with completion; the kinds of message; zoom; light and dark;
 * and the copying of the replay command.
 */

import type { Board } from './board.ts'
import { byId, made } from './dom.ts'
import { glideToBreak } from './gestures.ts'
import { windowInWords } from './picture.ts'

/** Keys offered at a time. */
const OFFERS_MOST = 40
const GLIDE_MS = 220

export function listenToControls(board: Board, glide: (fromMs: number, toMs: number) => void): void {
  listenToKeyField(board)
  fillFilters(board)
  const zoom = (factor: number) => (): void => {
    const { fromMs, toMs, spanMs } = board.scale
    const more = (spanMs * (factor - 1)) / 2
    glide(fromMs - more, toMs + more)
  }
  byId('zoom-in', HTMLButtonElement).addEventListener('click', zoom(0.5))
  byId('zoom-out', HTMLButtonElement).addEventListener('click', zoom(2))
  byId('zoom-whole', HTMLButtonElement).addEventListener('click', () => glide(-Infinity, Infinity))
  const toBreak = byId('zoom-break', HTMLButtonElement)
  toBreak.hidden = board.columns.run.violation === undefined
  toBreak.addEventListener('click', () => glideToBreak(board, glide))
  listenToTheme(board)
  listenToCopy()
  const words = byId('window-words', HTMLElement)
  const tell = (): void => {
    words.textContent = windowInWords(board)
  }
  board.listen((change) => {
    if (change === 'view') tell()
  })
  tell()
}

/** Moves the window in a few frames, or at once for people who want no motion. */
export function glider(board: Board): (fromMs: number, toMs: number) => void {
  const { scale } = board
  let glides = 0
  return (fromMs, toMs) => {
    const [oldFrom, oldTo] = [scale.fromMs, scale.toMs]
    if (fromMs === -Infinity) scale.showWhole()
    else scale.show(fromMs, toMs)
    const [newFrom, newTo] = [scale.fromMs, scale.toMs]
    const mine = ++glides
    let startedAt: number | undefined
    const step = (at: number): void => {
      if (mine !== glides) return
      startedAt ??= at
      const share = Math.min((at - startedAt) / GLIDE_MS, 1)
      const eased = 1 - (1 - share) ** 3
      scale.fromMs = oldFrom + (newFrom - oldFrom) * eased
      scale.toMs = oldTo + (newTo - oldTo) * eased
      board.changed('view')
      if (share < 1) requestAnimationFrame(step)
    }
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) board.changed('view')
    else requestAnimationFrame(step)
  }
}

function listenToKeyField(board: Board): void {
  const field = byId('key-field', HTMLInputElement)
  const offers = byId('key-offers', HTMLDataListElement)
  const clear = byId('key-clear', HTMLButtonElement)
  const answer = byId('key-answer', HTMLElement)
  const keys = keysOf(board)
  const offer = (): void => {
    const text = field.value.toLowerCase()
    const found = keys.filter((key) => key.toLowerCase().includes(text)).slice(0, OFFERS_MOST)
    offers.replaceChildren(...found.map((key) => new Option(key, key)))
  }
  const show = (): void => {
    const { key, marks } = board
    const count = marks?.reduce((sum, mark) => sum + mark, 0) ?? 0
    answer.textContent = key !== undefined ? `${count} events` : field.value === '' ? '' : 'no event mentions it'
    clear.disabled = key === undefined && field.value === ''
  }
  field.addEventListener('input', () => {
    offer()
    board.highlight(field.value === '' ? undefined : field.value)
  })
  clear.addEventListener('click', () => {
    field.value = ''
    board.highlight(undefined)
    field.focus()
  })
  board.listen((change) => {
    if (change !== 'key') return
    if (board.key !== undefined) field.value = board.key
    else if (document.activeElement !== field) field.value = ''
    show()
  })
  field.value = board.key ?? ''
  offer()
  show()
}

/** Each key that was written or learned, in order. */
function keysOf({ columns }: Board): string[] {
  const keys = new Set<string>()
  for (let i = 0; i < columns.size; i++) {
    const kind = columns.kind(i)
    if (kind === 'write' || kind === 'shown') for (const key of columns.keys(i)) keys.add(key)
  }
  return [...keys].sort()
}

function fillFilters(board: Board): void {
  const box = byId('filters', HTMLElement)
  const changed = (): void => {
    board.refilter()
    board.changed('filters')
  }
  const add = (text: string, count: string, checked: boolean, set: (on: boolean) => void): void => {
    const input = made('input', '')
    input.type = 'checkbox'
    input.checked = checked
    input.addEventListener('change', () => {
      set(input.checked)
      changed()
    })
    box.append(made('label', 'chip', input, text, made('small', '', count)))
  }
  for (const { what, count } of board.frameKinds())
    add(what, count.toLocaleString('en'), !board.hiddenWhats.has(what), (on) => {
      if (on) board.hiddenWhats.delete(what)
      else board.hiddenWhats.add(what)
    })
  add('what nodes learn', '', board.withLearned, (on) => {
    board.withLearned = on
  })
  if (board.lanes.clients === 0) return
  add('clients', '', board.lanes.withClients, (on) => {
    board.lanes.withClients = on
  })
  add('messages of clients', '', board.withClientFrames, (on) => {
    board.withClientFrames = on
  })
}

function listenToTheme(board: Board): void {
  const button = byId('theme', HTMLButtonElement)
  const wantsDark = matchMedia('(prefers-color-scheme: dark)')
  const isDark = (): boolean => {
    const chosen = document.documentElement.dataset.theme
    return chosen === undefined ? wantsDark.matches : chosen === 'dark'
  }
  const show = (): void => {
    button.textContent = isDark() ? 'Light' : 'Dark'
    button.setAttribute('aria-label', isDark() ? 'Switch to light colours' : 'Switch to dark colours')
    board.changed('theme')
  }
  button.addEventListener('click', () => {
    document.documentElement.dataset.theme = isDark() ? 'light' : 'dark'
    show()
  })
  wantsDark.addEventListener('change', show)
  show()
}

function listenToCopy(): void {
  const button = byId('copy', HTMLButtonElement)
  const command = byId('replay', HTMLElement)
  button.addEventListener('click', () => {
    navigator.clipboard?.writeText(command.textContent ?? '').then(
      () => {
        button.textContent = 'Copied'
      },
      () => selectText(command),
    ) ?? selectText(command)
  })
  button.addEventListener('blur', () => {
    button.textContent = 'Copy'
  })
}

/** Where the page may not write to the clipboard, the person can. */
function selectText(element: HTMLElement): void {
  getSelection()?.selectAllChildren(element)
}
