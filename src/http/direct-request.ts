/** Tells a developer at this machine from everybody else. Routes that exist only for development answer nobody else. */
import { BlockList, isIPv6 } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { isLocalHost } from '../config/localhost.ts'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Headers that proxies, content delivery networks and tunnels add to a request that they pass on. */
const forwarding = new Set([
  'cdn-loop',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'cf-ray',
  'fastly-client-ip',
  'fly-client-ip',
  'forwarded',
  'forwarded-for',
  'true-client-ip',
  'via',
  'x-amzn-trace-id',
  'x-appengine-user-ip',
  'x-arr-log-id',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'x-original-host',
  'x-original-url',
  'x-proxyuser-ip',
  'x-real-ip',
  'x-scheme',
])

const wasForwarded = ({ headers }: FastifyRequest) =>
  Object.keys(headers).some((name) => forwarding.has(name) || name.startsWith('x-forwarded'))

/**
 * Whether the request comes from this machine, over no proxy, for a name of this machine. All of these must hold:
 *
 * - The connection comes from a loopback address. The server may listen for the whole network.
 * - No header says that the request was passed on. A proxy on this machine also connects from a loopback address.
 * - It is HTTP/1.1. Some proxies pass requests on as HTTP/1.0 and add no header at all.
 * - Its Host is local. An attacker can make a name of theirs resolve to this machine (DNS rebinding), and a proxy may keep the Host.
 */
export function isDirectAndLocal(request: FastifyRequest): boolean {
  const { raw, headers } = request
  // This is the address of the connection. `request.ip` may come from a header.
  const address = raw.socket.remoteAddress ?? ''
  if (!loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return false
  if (raw.httpVersion !== '1.1' || wasForwarded(request)) return false
  return isLocalHost(headers.host ?? '')
}
