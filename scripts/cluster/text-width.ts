/**
 * How many columns a text takes on a terminal, and cutting it to fit. Wide letters take two, marks that join another
 * take none; control characters must not be in it. As exact as a status line needs, not more.
 */

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
const NARROW_AS_NOTHING = /[\p{Mn}\p{Me}\p{Cf}]/u

export function textWidth(text: string): number {
  let width = 0
  for (const letter of text) width += letterWidth(letter)
  return width
}

/** The text, or as much of it as fits with an ellipsis. */
export function fitText(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text
  let fitted = ''
  let width = 0
  for (const letter of text) {
    width += letterWidth(letter)
    if (width > columns - 1) break
    fitted += letter
  }
  return `${fitted}…`
}

function letterWidth(letter: string): number {
  if (NARROW_AS_NOTHING.test(letter)) return 0
  return WIDE.test(letter) ? 2 : 1
}
