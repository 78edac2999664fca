/**
 * `connect` on Node.js, over `ws`. Its twin `connect.browser.ts` is for browsers.
 */

import { clientTransport } from '../transport/client-transport.ts'
import { type Connect, connectOver } from './client.ts'
import { CLIENT_LINK } from './link-options.ts'

// The transport is made per call: a platform without a WebSocket is refused then, and not when this is imported.
export const connect: Connect = (urls, options) =>
  connectOver({ transport: clientTransport(CLIENT_LINK) })(urls, options)
