/** What happened how often in one run: name → count. */

export class Tally {
  readonly #counts: Record<string, number> = {}

  count(name: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1
  }

  add(more: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(more)) this.#counts[name] = (this.#counts[name] ?? 0) + count
  }

  /** A copy, which may be added to. */
  copy(): Tally {
    const copy = new Tally()
    copy.add(this.#counts)
    return copy
  }

  get counts(): Readonly<Record<string, number>> {
    return this.#counts
  }
}
