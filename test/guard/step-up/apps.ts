/** This server's hook and a service with `@countersign/verify`, with the same routes. */
import Fastify from 'fastify'
import type { Test } from 'tap'
import { countersign } from '../../../packages/verify/src/fastify-plugin.ts'
import { createAuthenticate } from '../../../src/guard/authenticate.ts'
import { verifyWithFastifyJwt } from '../../../src/guard/fastify-jwt.ts'
import type { StepUp } from '../../../src/guard/require-step-up.ts'
import { createAllowedOrigins } from '../../../src/http/browser/allowed-origins.ts'
import { createCookies } from '../../../src/http/browser/cookies.ts'
import { createCsrfGate } from '../../../src/http/browser/csrf.ts'
import { createTokenTransport } from '../../../src/http/browser/token-transport.ts'
import { createServer } from '../../../src/http/server.ts'
import { createSessionStore } from '../../../src/sessions/session-store.ts'
import { createSignatureChecks } from '../../../src/tokens/signature.ts'
import { createVerifyAccessToken } from '../../../src/tokens/verify-access-token.ts'
import type { Node } from '../../setup/node.ts'

const checks = ['signature', 'revocation', 'session'] as const

/** The address of an app, and the checks that it has. A route is `/<check>/<name>`. */
export type StepUpApp = { readonly url: string; readonly checks: readonly (typeof checks)[number][] }
type Routes = Readonly<Record<string, StepUp>>

async function startServer(t: Test, node: Node, routes: Routes): Promise<StepUpApp> {
  const app = await createServer()
  const signatureChecks = createSignatureChecks(verifyWithFastifyJwt)
  await signatureChecks.use(node.keyRing.verification)
  const { publicUrl: issuer, audience } = node.config
  const authenticate = createAuthenticate({
    transport: createTokenTransport({
      cookies: createCookies({ publicUrl: 'https://auth.example.test', sameSite: 'strict' }),
      gate: createCsrfGate(createAllowedOrigins([])),
    }),
    verifyAccessToken: createVerifyAccessToken({ issuer, audience, signatureChecks, clock: Date.now }),
    revocations: node.revocations,
    staleRevocations: 'open',
    sessions: createSessionStore(node.database, { leewaySeconds: 0, forkSeconds: 0 }),
    clock: Date.now,
  })
  app.decorateRequest('principal', null)
  for (const check of checks) {
    for (const [name, how] of Object.entries(routes)) {
      app.get(`/${check}/${name}`, { onRequest: authenticate({ check, ...how }) }, async () => ({ in: true }))
    }
  }
  t.teardown(() => app.close())
  return { url: await app.listen({ port: 0, host: '127.0.0.1' }), checks }
}

async function startService(t: Test, { config, baseUrl }: Node, routes: Routes): Promise<StepUpApp> {
  const app = Fastify()
  await app.register(countersign, { issuer: config.publicUrl, url: baseUrl })
  const itsChecks = ['signature', 'revocation'] as const
  for (const check of itsChecks) {
    for (const [name, how] of Object.entries(routes)) {
      app.get(`/${check}/${name}`, { onRequest: app.authenticate({ check, ...how }) }, async () => ({ in: true }))
    }
  }
  t.teardown(() => app.close())
  return { url: await app.listen({ port: 0, host: '127.0.0.1' }), checks: itsChecks }
}

/** Both apps, by a name for titles. They are closed when the test ends. */
export const startApps = async (t: Test, node: Node, routes: Routes): Promise<Record<string, StepUpApp>> => ({
  'this server': await startServer(t, node, routes),
  'a service': await startService(t, node, routes),
})
