/**
 * What clients wrote and were told, key by key, and so what a read may show: the latest acknowledged write of the key,
 * or one issued after it whose end nobody knows. A write that was refused with nothing changed may never show. Writes
 * of one key are issued one after the other.
 */

interface Issued {
  readonly id: number
  /** Undefined: a delete, or nothing written yet. */
  readonly value: string | undefined
}

const NOTHING: Issued = { id: 0, value: undefined }

export class Ledger {
  /** Of each key: what may be there; the first is acknowledged. */
  readonly #allowed = new Map<string, Issued[]>()
  readonly #keys = new Map<number, string>()
  /** What was acknowledged in doubt: the latest write of each key. */
  readonly #doubted = new Map<string, number>()
  issued = 0
  acknowledged = 0
  /** An acknowledgement from now on may be wrong, and is no fault of the node. */
  inDoubt = false
  acknowledgedInDoubt = 0
  /** Of those: what `judge` did not find. */
  lostInDoubt = 0

  /** Returns the number of the write. */
  issue(key: string, value: string | undefined): number {
    const id = ++this.issued
    const allowed = this.#allowed.get(key) ?? [NOTHING]
    allowed.push({ id, value })
    this.#allowed.set(key, allowed)
    this.#keys.set(id, key)
    return id
  }

  acknowledge(id: number): void {
    if (this.inDoubt) {
      this.acknowledgedInDoubt++
      this.#doubted.set(this.#keys.get(id) ?? '', id)
      return
    }
    this.#end(id, (issued) => issued.id >= id)
    this.acknowledged++
  }

  /** The write failed, and was said to have changed nothing. */
  refuse(id: number): void {
    this.#end(id, (issued) => issued.id !== id)
  }

  #end(id: number, keep: (issued: Issued) => boolean): void {
    const key = this.#keys.get(id) ?? ''
    this.#keys.delete(id)
    this.#allowed.set(key, (this.#allowed.get(key) ?? []).filter(keep))
  }

  get keys(): readonly string[] {
    return [...this.#allowed.keys()]
  }

  /** What is wrong with this read of a key; undefined when nothing is. */
  faultOf(key: string, value: string | undefined): string | undefined {
    const allowed = this.#allowed.get(key) ?? [NOTHING]
    if (allowed.some((issued) => issued.value === value)) return undefined
    const brief = (text: string | undefined): string => (text === undefined ? 'nothing' : `"${text.slice(0, 20)}"`)
    return `${key} shows ${brief(value)}, and may show ${allowed.map((issued) => brief(issued.value)).join(' or ')}`
  }

  /**
   * What is wrong with all that a node shows. With `settle` this is from here on what must be there: a node that has
   * started stands by what it shows.
   */
  judge(found: ReadonlyMap<string, string>, settle: boolean): readonly string[] {
    const faults: string[] = []
    for (const [key, id] of this.#doubted) {
      const shown = this.#allowed.get(key)?.findLast(({ value }) => value === found.get(key))
      if (shown !== undefined && shown.id < id) this.lostInDoubt++
    }
    this.#doubted.clear()
    for (const key of new Set([...this.#allowed.keys(), ...found.keys()])) {
      const fault = this.faultOf(key, found.get(key))
      if (fault !== undefined) faults.push(fault)
      if (settle) this.#allowed.set(key, [{ id: 0, value: found.get(key) }])
    }
    return faults
  }
}
