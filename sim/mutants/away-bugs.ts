/**
 * Bugs in what a long absence needs: the floor, unsafe pulls, deep pulls, forgetting, joining, expiry. Each names the
 * checker that must find it, mostly in the scenario `away`, since the usual runs leave long absences out.
 */

import type { Mutant } from './mutant.ts'

const AWAY = 'away'

export const AWAY_BUGS: readonly Mutant[] = [
  {
    id: 'commit-in-parts',
    checker: 'I7',
    text: 'Of a deep pull the first answers go in with the giver’s vector, and the rest is dropped.',
    scenario: AWAY,
    file: 'src/core/repair/mending.ts',
    find: 'for (const [k, answered] of answers) {',
    replace: 'for (const [k, answered] of [...answers].slice(0, 1)) {',
  },
  {
    id: 'zero-for-unknown-when-safe',
    checker: 'I7',
    text: 'The test whether a pull is safe takes an origin that the asker does not know for one that it has seen.',
    scenario: AWAY,
    file: 'src/core/giving.ts',
    find: 'return seen.every(([origin, time]) => theirs.get(origin) >= Math.min(time, floor));',
    replace:
      'return seen.every(([origin, time]) => theirs.get(origin) >= Math.min(time, floor) || !pull.seen.some(([one]) => one === origin));',
  },
  {
    id: 'safe-not-tested',
    checker: 'I7',
    text: 'A pull is answered by a list although the giver may have let go of what the asker never met.',
    scenario: AWAY,
    file: 'src/core/giving.ts',
    find: 'if (isFirst && !pull.isEmpty && !this.#isSafeFor(pull)) {',
    replace: 'if (pull === undefined) {',
  },
  {
    id: 'unsafe-taken-for-safe',
    checker: 'I3',
    text: 'Whoever is told that its pull is not safe does not compare, and asks again.',
    scenario: AWAY,
    file: 'src/core/anti-entropy.ts',
    find: "this.#mending.wish(from, 'unsafe');",
    replace: 'this.#asker.wish(from);',
  },
  {
    id: 'floor-not-taken-over',
    checker: 'I7',
    text: 'After a deep pull the asker does not take over the giver’s floor, and does not know what it may lack.',
    scenario: AWAY,
    file: 'src/core/repair/mending.ts',
    find: 'this.#holdings.floor = Math.max(this.#holdings.floor, floor);',
    replace: '',
  },
  {
    id: 'floor-not-logged',
    checker: 'I7',
    text: 'The floor is not in the log when tombstones go: a restarted node does not know what it has let go of.',
    scenario: AWAY,
    file: 'src/core/collector.ts',
    find: "this.#outbox.append({ kind: 'floor', floor: stable });",
    replace: '',
  },
  {
    id: 'collected-without-members',
    checker: 'I12',
    text: 'A node lets go of what its own disk has, whoever else has it not.',
    scenario: AWAY,
    file: 'src/core/members.ts',
    find: `            if (row.h !== own.h)
                return undefined;
            stable = Math.min(stable, row.low);`,
    replace: '',
  },
  {
    id: 'joining-takes-pushes',
    checker: 'I19',
    text: 'A node that joins takes pushes before it has taken over what the others have.',
    scenario: AWAY,
    file: 'src/core/replica.ts',
    find: `if (!wasJoining)
                    this.#pushes.hear(from, body, now);`,
    replace: 'this.#pushes.hear(from, body, now);',
  },
  {
    id: 'joining-without-floor',
    checker: 'I7',
    text: 'A node that joins does not take over the floor of its source.',
    scenario: AWAY,
    file: 'src/core/anti-entropy.ts',
    find: 'const floor = outcome.exchange.claim.isEmpty ? outcome.end.floor : 0;',
    replace: 'const floor = 0;',
  },
  {
    id: 'joining-promises',
    checker: 'I19',
    text: 'A node that joins says that it has what it claims of the others’ silence.',
    scenario: AWAY,
    file: 'src/core/heartbeat.ts',
    find: 'low: isDurable && !isJoining ? members.lowOf(durable, origin) : -1',
    replace: 'low: isDurable ? (isJoining ? clear : members.lowOf(durable, origin)) : -1',
  },
  {
    id: 'marks-not-replayed',
    checker: 'I11',
    text: 'A restarted node does not remember whom it has forgotten.',
    scenario: AWAY,
    file: 'src/core/membership.ts',
    find: `if (record.kind === 'gone')
            for (const mark of record.marks)
                this.#mark(mark);`,
    replace: '',
  },
  {
    id: 'forgotten-stays-member',
    checker: 'I11',
    text: 'Whoever is forgotten stays a member, and holds stable time back.',
    scenario: AWAY,
    file: 'src/core/membership.ts',
    find: 'this.members.remove(name);',
    replace: '',
  },
  {
    id: 'forgotten-row-taken',
    checker: 'I11',
    text: 'A row of a run that is forgotten makes it a member again.',
    scenario: AWAY,
    file: 'src/core/membership.ts',
    find: 'if (this.gone.covers(row.origin)) {',
    replace: 'if (false) {',
  },
  {
    id: 'mine-never-dead',
    checker: 'I7',
    text: 'A deep pull keeps what the giver has seen die.',
    scenario: AWAY,
    file: 'src/core/repair/verdict.ts',
    find: 'has(theirs, entry) || !theyCover(entry))',
    replace: 'true)',
  },
  {
    id: 'theirs-never-dead',
    checker: 'I2',
    text: 'A deep pull takes what the asker has seen die.',
    scenario: AWAY,
    file: 'src/core/repair/verdict.ts',
    find: 'if (!has(mine, entry) && !iCover(entry))',
    replace: 'if (!has(mine, entry))',
  },
  {
    id: 'expired-dropped-at-once',
    checker: 'I7',
    text: 'What has expired is dropped at once, and not when all have seen it.',
    file: 'src/core/collector.ts',
    find: 'this.counters.entriesExpired += lapsed.length;',
    replace: `for (const { key } of lapsed) this.#holdings.store.clear(key);
        this.counters.entriesExpired += lapsed.length;`,
  },
  {
    id: 'expiry-never-noticed',
    checker: 'I18',
    text: 'Nobody takes notice of what has expired.',
    file: 'src/core/collector.ts',
    find: `if (store.nextExpiry > this.#holdings.unixMs(now))
            return;`,
    replace: 'return;',
  },
  {
    id: 'expired-is-read',
    checker: 'I18',
    text: 'A read shows what has expired until somebody takes notice of it.',
    file: 'src/core/replica.ts',
    find: 'return this.#holdings.noticeExpired(entry, now) ? undefined : entry;',
    replace: 'return entry;',
  },
  {
    id: 'grave-of-its-write',
    checker: 'I7',
    text: 'What expires is dropped at the floor of its write, and not of its expiry.',
    file: 'src/core/store.ts',
    find: 'this.#graves.add(graveOf(entry), entry);\n            this.#gravesKept++;',
    replace: 'this.#graves.add(entry.time, entry);\n            this.#gravesKept++;',
  },
  {
    id: 'restamped',
    checker: 'L1',
    text: 'What a deep pull takes gets a version of its own.',
    scenario: AWAY,
    file: 'src/core/repair/mending.ts',
    find: `for (const entry of stands)
                    entries.push(entry);`,
    replace: `for (const entry of stands)
                    entries.push(mine.includes(entry) ? entry : { ...entry, time: entry.time + 1 });`,
  },
  {
    id: 'mark-ignored-by-its-run',
    checker: 'I3',
    text: 'A node that learns that it is forgotten goes on under its run.',
    scenario: AWAY,
    file: 'src/core/identity.ts',
    find: "if (above === undefined)\n            return false;\n        outbox.say('warn', { mine",
    replace: "return false;\n        outbox.say('warn', { mine",
  },
  {
    id: 'returner-serves-at-once',
    checker: 'I19',
    text: 'A node that comes back shows what it last knew before it has asked anybody.',
    file: 'src/core/joining.ts',
    find: 'this.#returnedMs = nowMs;',
    replace: '',
  },
]
