/**
 * `connect` in browsers, workers and wherever else `WebSocket` is a global. Its twin `connect.ts` is for Node.js.
 */

import { clientTransport } from '../transport/client-transport.browser.ts'
import { type Connect, connectOver } from './client.ts'
import { CLIENT_LINK } from './link-options.ts'

// The transport is made per call: a platform without a WebSocket is refused then, and not when this is imported.
export const connect: Connect = (urls, options) =>
  connectOver({ transport: clientTransport(CLIENT_LINK) })(urls, options)
