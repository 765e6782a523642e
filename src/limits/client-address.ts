/** The key of a client address for the limits. A client with one IPv6 address can use all 2^64 addresses of its network. */
import { isIPv4, isIPv6 } from 'node:net'

const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/
const withPort = /^(\d+\.\d+\.\d+\.\d+):\d+$|^\[([^\]]+)\](?::\d+)?$/

/** The address without a port, which some proxies add, and an IPv4 address as such, also where it is written as IPv6 (RFC 4291 §2.5.5.2). */
export function plainAddress(ip: string | undefined): string | undefined {
  const [, v4, v6] = withPort.exec(ip ?? '') ?? []
  const address = (v4 ?? v6 ?? ip ?? '').split('%', 1)[0] ?? ''
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return undefined
  // The canonical form (RFC 5952), with hexadecimal digits only.
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [, high, low] = mapped.exec(text) ?? []
  return high && low ? [high, low].flatMap(bytesOf).join('.') : text
}

/** An IPv4 address as it is, or the /64 of an IPv6 address. All texts that are no address have the same key. */
export function clientAddress(ip: string | undefined): string {
  const text = plainAddress(ip)
  if (text === undefined) return 'unknown'
  if (isIPv4(text)) return text
  const [head = '', tail] = text.split('::')
  const left = head.split(':').filter(Boolean)
  const right = tail === undefined ? [] : tail.split(':').filter(Boolean)
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
  return `${groups.slice(0, 4).join(':')}::/64`
}

const bytesOf = (group: string) => {
  const bits = Number.parseInt(group, 16)
  return [bits >> 8, bits & 255]
}
