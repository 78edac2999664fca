/**
 * Where a link goes. People write `host:port`, a WebSocket wants `ws://host:port/path`; this file knows the way from
 * one to the other and nothing about sockets. It runs in browsers too.
 */

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
