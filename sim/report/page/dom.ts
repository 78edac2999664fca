/**
 * The few words in which this page speaks to its document. Text goes in as text, never as markup.
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The element of this id, which the page was written with. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`the page has no #${id}`)
  return found
}

/** A new element with this class and these children. */
export function made<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: readonly (string | Node)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  if (className !== '') element.className = className
  element.append(...children)
  return element
}

export function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('this browser draws no canvas')
  return context
}

/** Fits the canvas to its box at the sharpness of the screen. Returns its width and height in CSS pixels. */
export function fitCanvas(canvas: HTMLCanvasElement, height: number): readonly [width: number, height: number] {
  const width = canvas.parentElement?.clientWidth ?? 300
  const sharpness = window.devicePixelRatio
  canvas.width = Math.round(width * sharpness)
  canvas.height = Math.round(height * sharpness)
  canvas.style.width = `${width}px`
  canvas.style.height = `${height}px`
  contextOf(canvas).setTransform(sharpness, 0, 0, sharpness, 0, 0)
  return [width, height]
}
