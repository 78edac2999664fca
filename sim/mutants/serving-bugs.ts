/** Bugs in how nodes serve clients, and in what they spend on peers. */

import type { Mutant } from './mutant.ts'

export const SERVING_BUGS: readonly Mutant[] = [
  {
    id: 'page-remembered',
    checker: 'I6',
    text: 'A node answers a scan with the page that it once read for the same range.',
    file: 'src/server/session.ts',
    find: 'const { entries, more } = this.#api.page(range, {',
    replace: `const { entries, more } = ((...asked) => {
            const pages = (this.#api.remembered ??= new Map());
            const name = JSON.stringify(asked);
            if (!pages.has(name)) pages.set(name, this.#api.page(...asked));
            return pages.get(name);
        })(range, {`,
  },
  {
    id: 'read-remembered',
    checker: 'I9',
    text: 'A session answers a read with what it read of the key before.',
    file: 'src/server/session.ts',
    find: 'const entry = this.#api.get(request.key);',
    replace: `const remembered = (this.remembered ??= new Map());
                if (!remembered.has(request.key)) remembered.set(request.key, this.#api.get(request.key));
                const entry = remembered.get(request.key);`,
  },
  {
    id: 'scan-without-first',
    checker: 'I9',
    text: 'A page of a scan lacks its first entry.',
    file: 'src/server/session.ts',
    find: "this.#reply({ kind: 'page', id, entries: wantValues ? entries :",
    replace: "this.#reply({ kind: 'page', id, entries: wantValues ? entries.slice(1) :",
  },
  {
    id: 'scan-reversed',
    checker: 'I9',
    text: 'A page of a scan comes in falling order.',
    file: 'src/server/session.ts',
    find: "this.#reply({ kind: 'page', id, entries: wantValues ? entries :",
    replace: "this.#reply({ kind: 'page', id, entries: wantValues ? [...entries].reverse() :",
  },
  {
    id: 'scan-of-everything',
    checker: 'I9',
    text: 'A scan begins at the first key of all, whatever its range.',
    file: 'src/server/session.ts',
    find: 'this.#api.page(range, {',
    replace: 'this.#api.page({}, {',
  },
  {
    id: 'batch-in-part',
    checker: 'I9',
    text: 'Of a batch only the last change is written, and the whole is acknowledged.',
    file: 'src/server/session.ts',
    find: 'this.#api.write(changes, (error, version) =>',
    replace: 'this.#api.write(changes.slice(-1), (error, version) =>',
  },
  {
    id: 'watch-without-deletes',
    checker: 'I10',
    text: 'A watch is not told of deletes.',
    file: 'src/server/watch-feed.ts',
    find: 'if (!this.#isDue(entry.key))',
    replace: "if (entry.kind === 'tombstone' || !this.#isDue(entry.key))",
  },
  {
    id: 'watch-told-twice',
    checker: 'I10',
    text: 'A watch is told again what it was told while the list is not empty.',
    file: 'src/server/watch-feed.ts',
    find: 'this.#unsubscribe = api.subscribe((entries) => this.#heard(entries));',
    replace: `this.#unsubscribe = api.subscribe((entries) => {
            this.#heard(entries);
            if (entries.length > 1) this.#heard(entries.slice(0, 1));
        });`,
  },
  {
    id: 'disk-queue-unbounded',
    checker: 'I13',
    text: 'A node takes whatever peers and clients send, however far its disk is behind.',
    file: 'src/host/host.ts',
    find: 'return (this.#log?.pendingBytes ?? 0) > this.#options.limits.logPendingBytesMax;',
    replace: 'return false;',
  },
  {
    id: 'link-queue-unbounded',
    checker: 'I13',
    text: 'Pushes go into the queue of a link, however full it is.',
    file: 'src/host/links.ts',
    find: 'const { queuedBytes } = connection.link;',
    replace: 'const queuedBytes = 0;',
  },
  {
    id: 'never-the-same',
    checker: 'I14',
    text: 'A digest is answered by a pull even if it is equal.',
    file: 'src/core/digests.ts',
    find: 'const writtenIsSame = digest.written === claims.written.hash();',
    replace: 'const writtenIsSame = false;',
  },
  {
    id: 'push-said-twice',
    checker: 'I17',
    text: 'A node sends each push twice.',
    file: 'src/core/own-writes.ts',
    find: "this.#outbox.send(peers, { kind: 'push', origin, after: this.#run.pushedUpTo, upTo, entries });",
    replace:
      "for (let i = 0; i < 2; i++) this.#outbox.send(peers, { kind: 'push', origin, after: this.#run.pushedUpTo, upTo, entries });",
  },
  {
    id: 'push-of-whole-turn',
    checker: 'I17',
    text: 'Each push of a long turn also tells what the pushes before it told.',
    file: 'src/core/own-writes.ts',
    find: "{ kind: 'push', origin, after: this.#run.pushedUpTo, upTo, entries }",
    replace:
      "{ kind: 'push', origin, after: pieces[0][0].time - 1, upTo, entries: pieces.flat().filter((e) => e.time <= upTo) }",
  },
  {
    id: 'shown-never-logged',
    checker: 'I5',
    text: 'A delete within a batch shows at its author and goes neither to the log nor to peers.',
    file: 'src/core/own-writes.ts',
    find: 'this.#turn.add(entry);',
    replace: 'if (value !== undefined || changes.length === 1) this.#turn.add(entry);',
  },
  {
    id: 'beats-too-often',
    checker: 'I14',
    text: 'A row goes out twice as often as it should.',
    file: 'src/core/pace.ts',
    find: 'this.#jitter(this.#times.beatMs)',
    replace: 'this.#jitter(this.#times.beatMs) / 2',
  },
]
