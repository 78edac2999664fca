/**
 * `hearsay serve`: a node that runs until it is told to stop. The first wish to stop lets it write what is to be written
 * and ends with 0; a second one ends it at once. Its flags are the settings of a node, all of them and no others.
 */

import type { HearsayError } from '../../core/errors.ts'
import type { HearsayNode } from '../../node/create-node.ts'
import { NODE_SETTINGS, type NodeSettings } from '../../node/node-options.ts'
import { EXIT } from '../exit-codes.ts'
import { tellFailure } from '../failure.ts'
import { type Io, OutputFailed } from '../io.ts'
import { painter, plain } from '../style.ts'
import { defineVerb, type Hints, type Verb } from '../verb.ts'

/** How long a node that failed may take to close what is left of it. */
const FAILED_CLOSE_MS = 5_000
const HINTS: Hints = {
  ERR_NAME_IN_USE: '--name gives this node another name; each node of a cluster needs its own',
  ERR_ADDRESS_IN_USE: '--listen takes another host:port; port 0 takes a free one',
  ERR_ADDRESS_UNAVAILABLE: '--listen needs an address of this machine; ports below 1024 may need rights',
  ERR_FOLDER_IN_USE: 'stop the other node first, or give this one a folder of its own',
  ERR_FOLDER_UNUSABLE: 'check that --data-dir is a folder, or can be made, and that this user may write there',
  ERR_LOG_DAMAGED: '`hearsay log verify` shows where; `hearsay log repair` sets it aside',
  ERR_LOG_FOREIGN: 'each node needs a --data-dir of its own, and keeps its --name and --cluster',
}

export const serve: Verb = defineVerb({
  name: 'serve',
  summary: 'Run a node.',
  details:
    'Prints its address in the first line once it serves, and logs to standard error; before that it answers `hearsay status` alone. A disk that fails later does not end it: it only reads then, and `hearsay status` says so. SIGTERM, SIGINT or Ctrl-C stop it once everything is written; a second one stops it at once.',
  operands: [],
  flags: {
    ...NODE_SETTINGS,
    json: { type: 'boolean', default: false, describe: 'the first line, and errors, as JSON' },
  },
  hints: HINTS,
  examples: [
    ['hearsay serve --data-dir ./data', 'one node that keeps its log in ./data'],
    ['hearsay serve --name b --listen :7071 --seeds 127.0.0.1:7070 --data-dir ./b', 'a second one, which joins it'],
  ],
  run: async ({ json, ...given }, _, io) => {
    // The table of settings says their types to people; `createNode` checks each of them.
    const settings = given as unknown as NodeSettings
    const ending = new Ending(io)
    try {
      // Here and not above: what a client verb does not need it does not load.
      const { createNode } = await import('../../node/create-node.ts')
      const node = await createNode({ ...settings, onFatal: (error) => ending.fail(error) })
      await tellStart(node, settings, json, io)
      const failure = await ending.reached
      if (failure === undefined) {
        await node.close()
        return EXIT.ok
      }
      const code = await tellFailure(failure, io, json, HINTS[failure.code])
      await Promise.race([node.close().catch(() => undefined), afterMs(FAILED_CLOSE_MS)])
      return code
    } finally {
      ending.over()
    }
  },
})

/** What ends a node: the user, or a failure that it cannot go on with. */
class Ending {
  /** Resolves with the failure, or with nothing for the user's wish. */
  readonly reached: Promise<HearsayError | undefined>
  readonly over: () => void
  #reach: (failure: HearsayError | undefined) => void = () => {}

  constructor(io: Io) {
    this.reached = new Promise((resolve) => {
      this.#reach = resolve
    })
    this.over = io.onStop(() => this.#reach(undefined))
  }

  fail(error: HearsayError): void {
    this.#reach(error)
  }
}

async function tellStart(
  node: HearsayNode<unknown>,
  { cluster, dataDir, fsync }: NodeSettings,
  asJson: boolean,
  io: Io,
): Promise<void> {
  const { name, url } = node
  const paint = painter(io.stdout, io.env)
  const where =
    dataDir === undefined ? 'in memory; --data-dir keeps it on disk' : `in ${plain(dataDir)}, fsync ${fsync}`
  const text = `node ${paint(name, 'bold')} of cluster ${plain(cluster)} at ${paint(url, 'cyan')}, ${where}`
  try {
    await io.stdout.line(asJson ? JSON.stringify({ name, cluster, url, dataDir }) : text)
  } catch (error) {
    // A node does not end because nobody reads its first line.
    if (!(error instanceof OutputFailed)) throw error
  }
}

function afterMs(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
