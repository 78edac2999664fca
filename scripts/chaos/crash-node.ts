/**
 * The node of the crash test, as it is opened by those who write and by those who look: embedded, alone, synced before
 * each acknowledgement, with segments so small that everything that a log does happens within some hundred writes.
 */

import { createNode, type HearsayNode, string, type Version } from '../../src/index.ts'
import { type Operation, type State, shown } from './operations.ts'

export interface Plan {
  readonly folder: string
  /** The file of `acknowledgements.ts`. */
  readonly acks: string
  readonly seed: number
  /** Operations of the whole list. */
  readonly writes: number
  /** Of those, at most so many in this run. */
  readonly count: number
  readonly segmentBytesMax: number
  readonly valueBytesMax: number
}

export function openCrashNode({ folder, segmentBytesMax }: Plan): Promise<HearsayNode<string>> {
  return createNode<string>({
    name: 'writer',
    cluster: 'chaos',
    dataDir: folder,
    listen: '127.0.0.1:0',
    fsync: 'always',
    segmentBytesMax,
    codec: string,
    logLevel: 'silent',
  })
}

export interface Found {
  readonly state: State
  readonly versions: ReadonlyMap<string, string>
}

export async function foundIn(node: HearsayNode<string>): Promise<Found> {
  const state = new Map<string, string>()
  const versions = new Map<string, string>()
  for await (const { key, value, version, expiresAt } of node.scan()) {
    state.set(key, shown(value, expiresAt !== undefined))
    versions.set(key, versionText(version))
  }
  return { state, versions }
}

/** Through the call that a user would take: one change is a put or a delete, several are a batch. */
export async function apply(node: HearsayNode<string>, operation: Operation): Promise<string> {
  const [first] = operation
  if (first === undefined || operation.length > 1) return versionText(await node.batch(operation))
  if (first.type === 'del') return versionText(await node.delete(first.key))
  return versionText(await node.put(first.key, first.value, { ttl: first.ttl }))
}

function versionText({ time, origin }: Version): string {
  return `${time}/${origin}`
}
