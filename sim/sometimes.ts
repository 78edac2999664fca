/**
 * What should happen sometimes. Each line names a rare situation that code exists for; over a long soak each must have
 * happened, or the tests have a hole. The counts are those that nodes keep for `status`, and those of the simulator.
 */

import { SWARM_KINDS } from './faults/index.ts'

export interface Sometimes {
  /** As counted. */
  readonly name: string
  readonly text: string
}

const OF_NODES: Readonly<Record<string, string>> = {
  pushesTaken: 'a push was taken',
  pushesTakenInPart: 'a push was taken whose first writes were known already',
  pushesCovered: 'a push came a second time, or late',
  pushGaps: 'a push was dropped, since writes before it were missing',
  pushesShed: 'a push was not sent, since the link had too much to carry',
  contentsShed: 'what a peer sent was dropped, since the disk was behind',
  digestsSent: 'a digest was sent',
  digestsSame: 'a digest found no difference',
  pullsGiven: 'a pull was answered',
  entriesPulled: 'a pull brought an entry',
  pullsCommitted: 'a pull came to its end',
  piecesStaged: 'a pull had more than one piece',
  piecesIgnored: 'a piece came a second time, or late',
  pullsRetried: 'a pull was asked for again',
  pullsAbandoned: 'a pull was given up',
  entriesUnparked: 'an entry from the future was shown when its time had come',
  membersJoined: 'a member joined',
  membersReturned: 'a member came back as a new run',
  linksSilent: 'a link was given up for its silence',
  linksRefused: 'a node of another cluster was refused',
  peerErrors: 'a frame was not the protocol',
  pausesForgiven: 'a process stood still, and did not blame its peers for it',
  tailsCut: 'a restart cut a torn tail',
  writesRefused: 'a write was refused by a node whose clock is far from those of most others',
  floorsRaised: 'a node let go of what all members have seen',
  tombstonesCollected: 'a tombstone was let go of',
  pullsUnsafe: 'a list would not have been enough for a pull',
  deepPullsGiven: 'a deep pull was answered',
  deepPullsCommitted: 'a deep pull came to its end',
  entriesMended: 'a deep pull brought an entry',
  clockOffsetMaxMs: 'the clock of a peer was another',
  checkpointsWritten: 'a checkpoint of a log was written',
  logsRenewed: 'a log was written anew after its disk had failed',
  recordsRecovered: 'a restart found records',
}

const OF_THE_SIMULATOR: Readonly<Record<string, string>> = {
  crashes: 'a process ended',
  checkpointsRead: 'a restart read a checkpoint',
  lost: 'a frame was lost to chance',
  cutOff: 'a frame was lost to a cut',
  doubled: 'a frame arrived twice',
  replayed: 'an old frame arrived again',
  late: 'a frame was overtaken',
  held: 'a frame was held back and released',
  corrupt: 'a frame arrived damaged',
  queued: 'a frame waited in the queue of a slow link',
  drained: 'a full queue became short again',
  resets: 'a link was reset',
  halfOpened: 'one side forgot a link',
  dialsTimedOut: 'a call to a peer was not answered',
  dialsRefused: 'a call found nobody at the address',
  coresHadToAgree: 'a part of the cluster was connected again and did not agree yet',
  coresSettled: 'a part of the cluster agreed while the rest was away',
  acknowledgedUnderCut: 'a client was told of a write by a node that was cut off from another',
  watchesLost: 'a watch ended with its connection',
  syncsDone: 'an operator heard what a comparison found',
  syncsRefused: 'an operator heard that a comparison came to nothing',
  callsOk: 'a call was answered',
  callsFailed: 'a call failed',
  callsMaybe: 'nobody knows whether a write took effect',
  writesOverloaded: 'a write was refused, since too much waited for the disk',
}

const SOMETIMES: readonly Sometimes[] = [
  ...Object.entries({ ...OF_NODES, ...OF_THE_SIMULATOR }).map(([name, text]) => ({ name, text })),
  ...SWARM_KINDS.map((kind) => ({ name: `strikes of ${kind}`, text: 'a fault of this kind struck' })),
]

/** Counts of situations that these runs do not bring about, and why. */
export const NOT_MET: Readonly<Record<string, string>> = {
  queueFull: 'a node closes a link whose queue is long before the network has to break it',
  pullsEnded: 'a giver forgets a frozen list with its link only, and its asker has forgotten it then, too',
  runsRedrawn: 'it takes a disk that was set back or cloned, or a node that is forgotten: see the scenario away',
  clocksReset: 'it takes a word of an operator: see the scenario away',
  syncsRepaired: 'a digest is mostly sooner than an operator: see the scenario away',
  membersForgotten: 'it takes a word of an operator: see the scenario away',
  entriesSalvaged: 'it takes a damaged log with writes that nobody else has: see the scenario away',
  rowsRefused: 'it takes a node that was forgotten: see the scenario away',
  keysRemoved: 'mostly it takes a long absence: see the scenario away',
  pullsWhole: 'there are too few runs for vectors to be sent in parts',
  deepPullsAbandoned: 'a deep pull takes a few frames, and is rarely broken off',
  deepPullsSearched: 'there are too few keys for a search by ranges',
  entriesExpired: 'few values of the usual runs expire',
  resurrections: 'a checker ends such a run before',
  lostNewest: 'a checker ends such a run before',
  divergence: 'a checker ends such a run before',
  corner: 'it takes a forgotten node or a lost disk: see the scenario away',
  disksReplaced: 'the scenario away does that',
  writesDeferred: 'only a node that draws a new run while it serves lets writes wait',
  fingerprintDiffers: 'no damage goes unnoticed, so this would be a bug',
}

/** Those of which there is no count, in runs in which all usual kinds of faults may strike. */
export function neverHappened(counts: Readonly<Record<string, number>>): readonly Sometimes[] {
  return SOMETIMES.filter(({ name }) => (counts[name] ?? 0) === 0)
}
