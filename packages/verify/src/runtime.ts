/**
 * Whether this program is a server that goes on running between requests: Node, Bun or Deno. In a worker, timers and requests to others end
 * with the request that began them.
 */
export const isServer: boolean =
  typeof process !== 'undefined' && process.versions?.node !== undefined && !isCloudflareWorker()

// Its compatibility with Node includes `process.versions.node`.
function isCloudflareWorker(): boolean {
  return typeof navigator !== 'undefined' && navigator.userAgent === 'Cloudflare-Workers'
}
