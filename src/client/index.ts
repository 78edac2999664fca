/**
 * The door `hearsay/client`: a remote store, the codecs, the errors, the types. Browsers get `index.browser.ts`.
 */

export { connect } from './connect.ts'
export * from './surface.ts'
