/**
 * What happens to single frames between nodes while the link stays up: lost, doubled, replayed, overtaken, corrupt. TCP does
 * none of it; the core promises to survive it all, so that it need not trust a transport.
 */

import type { Rng } from '../../src/core/rng.ts'
import type { FaultFamily, FaultStep } from './fault.ts'
import { A_SHARE, LANES } from './fields.ts'
import { among, drawDegree, drawForMs, drawLanes, type Lanes, lanePlaces, laneWords } from './lanes.ts'

interface ShareFault extends FaultStep, Lanes {
  /** Of the frames, 0 to 1. */
  readonly share: number
}

export interface LossFault extends ShareFault {
  readonly kind: 'loss'
}

export interface DuplicateFault extends ShareFault {
  readonly kind: 'duplicate'
}

export interface ReplayFault extends ShareFault {
  readonly kind: 'replay'
}

export interface ReorderFault extends ShareFault {
  readonly kind: 'reorder'
}

export interface CorruptFault extends ShareFault {
  readonly kind: 'corrupt'
}

export const loss: FaultFamily<LossFault> = family(
  'loss',
  'lost',
  'frames between nodes are lost while the link stays up',
)

export const duplicate: FaultFamily<DuplicateFault> = family(
  'duplicate',
  'doubled',
  'frames between nodes arrive twice, the second time within half a second',
)

export const replay: FaultFamily<ReplayFault> = family(
  'replay',
  'replayed',
  'frames between nodes arrive once more up to 20 s later, as long as the connection lasts',
)

export const reorder: FaultFamily<ReorderFault> = family(
  'reorder',
  'late',
  'frames between nodes are up to 200 ms late, so that later ones overtake them',
)

/** Rare, since each one ends its link. */
export const corrupt: FaultFamily<CorruptFault> = {
  ...family<CorruptFault>(
    'corrupt',
    'corrupt',
    'frames between nodes arrive cut short, with flipped bytes or with bytes behind their end, as a broken proxy does; ' +
      'never as another valid message, which only a checksum could tell',
  ),
  draw: (rng, { names }) => ({
    ...drawLanes(rng, names),
    share: rounded(drawDegree(rng, [0.001, 0.01], [0.01, 0.05], [0.05, 0.3])),
    forMs: drawForMs(rng),
  }),
}

function family<F extends ShareFault & { readonly kind: Kind }>(
  kind: F['kind'],
  fate: string,
  text: string,
): FaultFamily<F> {
  return {
    kind,
    text,
    fields: { ...LANES, share: A_SHARE } as FaultFamily<F>['fields'],
    draw: (rng, { names }) => drawShare(rng, names) as Omit<F, 'kind' | 'atMs'>,
    words: (fault) => `${percent(fault.share)} of frames ${fate} ${laneWords(fault)}`,
    where: lanePlaces,
    strike: (fault, { network }) => network.disturb({ between: among(fault), [kind]: fault.share }),
  }
}

type Kind = 'loss' | 'duplicate' | 'replay' | 'reorder' | 'corrupt'

function drawShare(rng: Rng, names: readonly string[]): Omit<ShareFault, 'kind' | 'atMs'> {
  const share = rounded(drawDegree(rng, [0.01, 0.1], [0.1, 0.3], [0.3, 0.5]))
  return { ...drawLanes(rng, names), share, forMs: drawForMs(rng) }
}

function rounded(share: number): number {
  return Math.round(share * 1_000) / 1_000
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`
}
