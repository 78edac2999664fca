/** Bugs in pulls: digest, freeze, pieces, commit. */

import type { Mutant } from './mutant.ts'

export const EXCHANGE_BUGS: readonly Mutant[] = [
  {
    id: 'piece-shown-early',
    checker: 'L1',
    text: 'A piece goes into the store as it arrives, before the last one brings the vector that covers it.',
    file: 'src/core/anti-entropy.ts',
    find: "this.#outbox.append({ kind: 'stage', exchange: piece.exchange, entries: piece.entries });",
    replace:
      "this.#outbox.append({ kind: 'stage', exchange: piece.exchange, entries: piece.entries }); this.#outbox.notify(this.#holdings.merge(piece.entries, now));",
  },
  {
    id: 'stale-stage-shown',
    checker: 'I15',
    text: 'At replay a commit shows all that was staged, that of exchanges which never ended too.',
    file: 'src/core/holdings.ts',
    find: 'if (this.#restaged?.exchange !== exchange)\n            this.#restaged = {',
    replace: 'if (this.#restaged) this.#restaged.exchange = exchange; else\n            this.#restaged = {',
  },
  {
    id: 'piece-commits',
    checker: 'I7',
    text: 'An early piece raises V, although the newer write that replaced one of its neighbours is still to come.',
    file: 'src/core/anti-entropy.ts',
    find: "this.#outbox.append({ kind: 'stage', exchange: piece.exchange, entries: piece.entries });",
    replace:
      "for (const { origin, time } of piece.entries) { this.#outbox.append({ kind: 'write', origin, upTo: time, entries: piece.entries.filter((e) => e.origin === origin && e.time === time) }); this.#holdings.claims.wrote(origin, time); } this.#outbox.notify(this.#holdings.merge(piece.entries, now));",
  },
  {
    id: 'vector-of-last-piece',
    checker: 'L2',
    text: 'The last piece carries the giver’s vectors of the moment it is sent, and not those of the freeze.',
    file: 'src/core/giving.ts',
    find: 'this.#outbox.send([next.peer], next.answer);',
    replace:
      'this.#outbox.send([next.peer], next.answer.end ? { ...next.answer, end: { ...next.answer.end, seen: this.#holdings.claims.seen.toEntries(), written: this.#holdings.claims.written.toEntries() } } : next.answer);',
  },
  {
    id: 'frozen-twice',
    checker: 'L2',
    text: 'A late copy of an old request makes the giver freeze a second list under the same exchange.',
    file: 'src/core/giver.ts',
    find: 'if (exchange <= (this.#latest.get(asker) ?? -1))',
    replace: 'if (exchange < 0)',
  },
  {
    id: 'piece-skipped',
    checker: 'I7',
    text: 'The asker takes the next piece although the one before it was lost.',
    file: 'src/core/asker.ts',
    find: 'if (piece.index !== exchange.next)',
    replace: 'if (piece.index < exchange.next)',
  },
  {
    id: 'deletes-not-pulled',
    checker: 'I7',
    text: 'The list that answers a pull leaves the tombstones out.',
    file: 'src/core/authored.ts',
    find: 'if (above.length > 0)',
    replace: `for (const one of [...above]) if (one.kind === 'tombstone') above.splice(above.indexOf(one), 1);
            if (above.length > 0)`,
  },
  {
    id: 'request-not-repeated',
    checker: 'I3',
    text: 'A request that got lost is never sent again, and its exchange never ends.',
    file: 'src/core/asker.ts',
    find: 'nowMs - exchange.progressMs < this.#times.exchangeTimeoutMs',
    replace: 'nowMs > 0',
  },
  {
    id: 'digest-at-link-up-only',
    checker: 'I3',
    text: 'Digests go out when a link opens, and never again.',
    file: 'src/core/pace.ts',
    find: 'if (nowMs < this.#digestDueMs)',
    replace: 'if (nowMs > 0)',
  },
  {
    id: 'fingerprint-keeps-old',
    checker: 'I2',
    text: 'The fingerprint adds the new entry of a key and does not take the old one away.',
    file: 'src/core/repair/summary.ts',
    find: 'a = -lanes.a;',
    replace: '',
  },
  {
    id: 'giver-sends-all',
    checker: 'I17',
    text: 'A giver sends all that it holds, whatever the asker has seen.',
    file: 'src/core/authored.ts',
    find: 'works.above(seen.get(origin))',
    replace: 'works.above(0)',
  },
  {
    id: 'giver-sends-last-again',
    checker: 'I17',
    text: 'Of each origin a giver sends the last write that the asker has seen, too.',
    file: 'src/core/authored.ts',
    find: 'works.above(seen.get(origin))',
    replace: 'works.above(seen.get(origin) - 1)',
  },
]
