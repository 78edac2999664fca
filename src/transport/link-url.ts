/**
 * Where a link goes. People write `host:port`, a WebSocket wants `ws://host:port/path`; this file knows the way from
 * one to the other and nothing about sockets. It runs in browsers too.
 */

/** A port behind the host, as typed: a parsed URL no longer tells whether somebody wrote `:80`. */
const WITH_PORT = /^[^/?#]*:\d+(?:[/?]|$)/

/**
 * Whether people may give it as an address. Without a scheme it needs a port: what means port 80 in a URL is, among
 * nodes, a port that somebody forgot.
 */
export function isAddress(address: string): boolean {
  return linkUrl(address, '') !== undefined && (address.includes('://') || WITH_PORT.test(address))
}

/**
 * The URL behind an address: `host:port`, `[::1]:port`, `ws://…` or `wss://…`. `path` (such as `/peer`) is put where
 * the address has none. Returns undefined for what is not an address.
 */
export function linkUrl(address: string, path: string): string | undefined {
  const withScheme = address.includes('://') ? address : `ws://${address}`
  if (!URL.canParse(withScheme)) return undefined
  const url = new URL(withScheme)
  if ((url.protocol !== 'ws:' && url.protocol !== 'wss:') || url.hash !== '') return undefined
  if (url.pathname === '/') url.pathname = path
  return url.href
}
