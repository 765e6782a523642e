/** Bounds the connections of one client address, so that no client can use up the connections that all clients share. */
import { BlockList, isIPv6 } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { clientAddress } from '../../limits/client-address.ts'

type Dependencies = {
  /** Connections that one address may have at once. 0 means any number. An IPv6 address counts with its whole /64. */
  most: number
  /** These pass on the requests of many clients, so their connections are not counted. */
  trustedProxies: readonly string[]
}

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4')

function networks(list: readonly string[]): BlockList {
  const found = new BlockList()
  for (const text of list) {
    const [address = '', bits] = text.split('/')
    if (bits === undefined) found.addAddress(address, familyOf(address))
    else found.addSubnet(address, Number(bits), familyOf(address))
  }
  return found
}

/** Closes a connection beyond the limit at once. No request on it is read, so it costs next to nothing. */
export function limitConnectionsPerAddress(app: FastifyInstance, { most, trustedProxies }: Dependencies): void {
  if (most === 0) return
  const proxies = networks(trustedProxies)
  const open = new Map<string, number>()
  app.server.on('connection', (socket) => {
    const { remoteAddress } = socket
    if (remoteAddress !== undefined && proxies.check(remoteAddress, familyOf(remoteAddress))) return
    const address = clientAddress(remoteAddress)
    const count = (open.get(address) ?? 0) + 1
    if (count > most) {
      socket.destroy()
      return
    }
    open.set(address, count)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left > 0) open.set(address, left)
      else open.delete(address)
    })
  })
}
