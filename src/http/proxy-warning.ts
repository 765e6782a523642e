/**
 * Warns of a proxy that the settings do not know. All its clients then count as one client. A stranger can send the same headers, so each
 * kind of warning comes once, and none names an address of the internet: an operator who trusts it would let a stranger choose addresses.
 */
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import { plainAddress } from '../limits/client-address.ts'
import { createIsIn } from './trusted-proxies.ts'

const believed = 'x-forwarded-for'
const similar = ['forwarded', 'x-real-ip']

// RFC 1918, 6598, 3927, 4193 and 4291. Proxies are usually in one of these networks, and clients on the internet never are.
const isPrivate = createIsIn([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
  '::1',
])

type Dependencies = {
  readonly log: Pick<FastifyBaseLogger, 'warn'>
  readonly trustedProxies: readonly string[]
}

/** The name of a header that only a proxy should send, if the request has one. */
const proxyHeaderOf = ({ headers }: FastifyRequest) =>
  [believed, ...similar].find((name) => headers[name] !== undefined)

/** Looks at each request until every kind of warning was given. */
export function warnOfProxies(app: FastifyInstance, { log, trustedProxies }: Dependencies): void {
  const isTrusted = createIsIn(trustedProxies)
  const told = new Set<string>()
  const kinds = 3
  const state = trustedProxies.length === 0 ? 'TRUSTED_PROXIES is unset' : 'TRUSTED_PROXIES does not list that address'

  function warning(header: string, peer: string | undefined): { kind: string; text: string } | undefined {
    if (isTrusted(peer)) {
      if (header === believed) return undefined
      return {
        kind: 'header',
        text: `a proxy of TRUSTED_PROXIES sends ${header} and no ${believed}, which alone is read: its clients count as one client`,
      }
    }
    if (peer === undefined || !isPrivate(peer)) {
      return {
        kind: 'public',
        text:
          `${header} arrived from an address of the internet, and ${state}, so it was not believed. If a proxy of yours has such an ` +
          'address, add it to TRUSTED_PROXIES. Otherwise a client made the header up, and nothing is wrong',
      }
    }
    return {
      kind: 'private',
      text:
        `${header} arrived from ${peer}, and ${state}, so it was not believed, and all clients behind a proxy count as one client. If ` +
        `your proxy has this address, set TRUSTED_PROXIES=${[...trustedProxies, peer].join(',')}`,
    }
  }

  app.addHook('onRequest', (request, _reply, done) => {
    const header = told.size < kinds ? proxyHeaderOf(request) : undefined
    const found = header && warning(header, plainAddress(request.socket.remoteAddress))
    if (found && !told.has(found.kind)) {
      told.add(found.kind)
      log.warn(found.text)
    }
    done()
  })
}
