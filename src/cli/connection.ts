/**
 * The way from a client verb to a node: the flags that all of them share, and a client that is closed whatever happens.
 * Clients here carry bytes; what a value looks like is for `value-form.ts`, so that one odd value cannot end a listing.
 */

import { type Client, TIMEOUT_MS_DEFAULT } from '../client/client.ts'
import { bytes } from '../client/codec.ts'
import { connect } from '../client/connect.ts'
import type { ArgsOf, Flag } from './flags.ts'
import type { Io } from './io.ts'
import { painter } from './style.ts'

export const DEFAULT_URL = 'ws://127.0.0.1:7070'
/** Whoever sits before a terminal is told after this long that nobody answers yet. */
const NOTICE_MS = 1_000

type RemoteFlags = {
  readonly cluster: { readonly type: 'string'; readonly default: string; readonly describe: string }
  readonly timeout: Flag & { readonly type: 'number'; readonly default: number }
  readonly json: { readonly type: 'boolean'; readonly default: boolean; readonly describe: string }
}

type ClientFlags = RemoteFlags & {
  readonly url: { readonly type: 'list'; readonly default: readonly string[]; readonly describe: string }
}

export const REMOTE_FLAGS: RemoteFlags = {
  cluster: { type: 'string', default: '', describe: 'name of the cluster that the node must belong to; empty for any' },
  timeout: {
    type: 'number',
    default: TIMEOUT_MS_DEFAULT,
    least: 1,
    describe: 'longest wait for an answer, the connection included, ms',
  },
  json: { type: 'boolean', default: false, describe: 'JSON for programs, errors too' },
}

export const CLIENT_FLAGS: ClientFlags = {
  url: {
    type: 'list',
    default: [DEFAULT_URL],
    describe: 'addresses of nodes; the next is tried when one fails',
  },
  ...REMOTE_FLAGS,
}

type RemoteArgs = Pick<ArgsOf<RemoteFlags>, 'cluster' | 'timeout'>

/** Runs `use` with a client of the nodes at `urls`, and closes it. Throws `ERR_INVALID_ARGUMENT` for wrong addresses. */
export async function withNode<R>(
  urls: readonly string[],
  { cluster, timeout }: RemoteArgs,
  io: Io,
  use: (client: Client<Uint8Array>) => Promise<R>,
): Promise<R> {
  const client = connect(urls, { codec: bytes, cluster, timeout, failFast: true })
  const notice = setTimeout(() => {
    if (client.status === 'open' || !io.stderr.isTerminal) return
    const paint = painter(io.stderr, io.env)
    io.stderr.say(`${paint(`no answer from ${urls.join(', ')} yet; trying for ${timeout / 1_000} s`, 'dim')}\n`)
  }, NOTICE_MS)
  try {
    return await use(client)
  } finally {
    clearTimeout(notice)
    await client.close()
  }
}

/** The same for the verbs that have `--url`. */
export function withClient<R>(
  args: RemoteArgs & { readonly url: readonly string[] },
  io: Io,
  use: (client: Client<Uint8Array>) => Promise<R>,
): Promise<R> {
  return withNode(args.url, args, io, use)
}
