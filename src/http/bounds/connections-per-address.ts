/** Bounds the connections of one client address, so that no client can use up the connections that all clients share. */
import type { FastifyInstance } from 'fastify'
import { clientAddress } from '../../limits/client-address.ts'
import { createIsIn } from '../trusted-proxies.ts'

type Dependencies = {
  /** Connections that one address may have at once. 0 means any number. An IPv6 address counts with its whole /64. */
  most: number
  /** These pass on the requests of many clients, so their connections are not counted. */
  trustedProxies: readonly string[]
}

/** Closes a connection beyond the limit at once. No request on it is read, so it costs next to nothing. */
export function limitConnectionsPerAddress(app: FastifyInstance, { most, trustedProxies }: Dependencies): void {
  if (most === 0) return
  const isProxy = createIsIn(trustedProxies)
  const open = new Map<string, number>()
  app.server.on('connection', (socket) => {
    const { remoteAddress } = socket
    if (isProxy(remoteAddress)) return
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
