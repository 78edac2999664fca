/**
 * Delta debugging over a list: leaves out ever smaller stretches for as long as what remains still fails. The result is
 * 1-minimal: leaving out any single item more makes it pass, unless the budget ended first. It keeps the order of items
 * and never asks about the empty list twice. What an item is, and what it means to fail, is the caller's.
 *
 * Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28 (2), 2002: ddmin, with two
 * usual savings. It asks about complements only: parts alone almost never fail once there are more than two, and with two
 * they are the complements. And after a cut it goes on where it was instead of starting the round again.
 */

/** How many runs may still be made. Whoever runs lowers it. */
export interface Budget {
  readonly left: number
}

/**
 * @param items a list that fails
 * @param fails whether a sublist fails too; a function of its argument
 * @returns a sublist that fails; with an unspent budget, none of its items can be left out
 */
export function ddmin<T>(items: readonly T[], fails: (subset: readonly T[]) => boolean, budget: Budget): readonly T[] {
  if (items.length === 0 || budget.left <= 0) return items
  if (fails([])) return []
  return ddminNonEmpty(items, fails, budget)
}

/** The same where the empty list makes no sense: it is never asked about, and the result holds at least one item. */
export function ddminNonEmpty<T>(
  items: readonly T[],
  fails: (subset: readonly T[]) => boolean,
  budget: Budget,
): readonly T[] {
  let now = items
  let stretch = Math.ceil(now.length / 2)
  while (now.length > 1) {
    const after = withoutStretches(now, stretch, fails, budget)
    if (budget.left <= 0) return after
    // Single items were tried against a longer list than the one that is left: again, until a whole round changes nothing.
    if (stretch === 1 && after.length === now.length) return now
    now = after
    stretch = Math.max(1, Math.ceil(Math.min(stretch, now.length) / 2))
  }
  return now
}

/** One round, from the end: what happens late is more often of no account, and leaving it out moves nothing before it. */
function withoutStretches<T>(
  items: readonly T[],
  stretch: number,
  fails: (subset: readonly T[]) => boolean,
  budget: Budget,
): readonly T[] {
  let now = items
  for (let end = now.length; end > 0 && budget.left > 0; end -= stretch) {
    const candidate = [...now.slice(0, Math.max(0, end - stretch)), ...now.slice(end)]
    if (candidate.length > 0 && fails(candidate)) now = candidate
  }
  return now
}
