/**
 * Round numbers to replace a number by, and the search for the smallest that still will do. Round, since people read the
 * result; a few of them, since each costs a run.
 */

/** 1, 2, 5, 10, 20, 50, … below `limit`. */
export function coarseNumbersBelow(limit: number): readonly number[] {
  return scaled([1, 2, 5], limit)
}

/** 1, 2, … 99, 100, 110, 120, … 990, 1000, 1100, …: all of at most two digits before the zeros, below `limit`. */
export function fineNumbersBelow(limit: number): readonly number[] {
  const tens = Array.from({ length: 90 }, (_, i) => 10 + i)
  return [...[1, 2, 3, 4, 5, 6, 7, 8, 9].filter((n) => n < limit), ...scaled(tens, limit)]
}

/**
 * The smallest of `numbers`, which rise, that will do; undefined when none will. By halving, so where one number does and
 * a greater one does not it may miss the smallest.
 */
export function smallest(numbers: readonly number[], willDo: (n: number) => boolean): number | undefined {
  const [first] = numbers
  if (first === undefined || willDo(first)) return first
  let failed = 0
  let found = numbers.length
  while (found - failed > 1) {
    const middle = (failed + found) >> 1
    if (willDo(numbers[middle] ?? first)) found = middle
    else failed = middle
  }
  return numbers[found]
}

function scaled(digits: readonly number[], limit: number): readonly number[] {
  const numbers: number[] = []
  for (let scale = 1; scale < limit; scale *= 10) numbers.push(...digits.map((digit) => digit * scale))
  return numbers.filter((n) => n < limit)
}
