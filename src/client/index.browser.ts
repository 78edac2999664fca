/**
 * The door `hearsay/client` as browsers see it. The same as `index.ts`, over the native WebSocket.
 */

export { connect } from './connect.browser.ts'
export * from './surface.ts'
