/**
 * The production build with whoami under three more prefixes: `/none` without authentication, `/signature` and `/session`
 * with these checks. Everything else is as in start.ts. It is started with from-dist.ts.
 */
import type { RouteOptions } from 'fastify'
import { pino } from 'pino'
import { buildApp } from '../../src/app.ts'
import { createMonotonicClock } from '../../src/clock/monotonic-clock.ts'
import { readConfig } from '../../src/config/config.ts'
import { openDatabase } from '../../src/database/open.ts'
import { createAuthenticate } from '../../src/guard/authenticate.ts'
import { verifyWithFastifyJwt } from '../../src/guard/fastify-jwt.ts'
import { whoamiRoute } from '../../src/guard/routes.ts'
import { createAllowedOrigins } from '../../src/http/browser/allowed-origins.ts'
import { createCookies } from '../../src/http/browser/cookies.ts'
import { createCsrfGate } from '../../src/http/browser/csrf.ts'
import { createTokenTransport } from '../../src/http/browser/token-transport.ts'
import { keySettings } from '../../src/keys/key-keeper.ts'
import { startKeyRing } from '../../src/keys/key-ring.ts'
import { createKeyStore } from '../../src/keys/key-store.ts'
import { createRevocationFollower } from '../../src/revocations/follow-revocations.ts'
import { newestInForce } from '../../src/secrets/server-secrets.ts'
import { createSessionStore } from '../../src/sessions/session-store.ts'
import { createAccessTokens } from '../../src/tokens/access-token.ts'
import { createTokens } from '../../src/tokens/create-tokens.ts'
import { serve } from '../harness/serve.ts'
import { sessionId, userId } from '../harness/sessions.ts'

const config = readConfig()
const onError = (error: Error) => void process.stderr.write(`${error.stack}\n`)
const { url, database } = await openDatabase(config, { log: () => {}, onError })
const clock = createMonotonicClock(Date.now)
const revocations = createRevocationFollower({
  connectionString: url,
  listen: config.revocationListen,
  clock,
  onError,
})
await revocations.start()
const secrets = config.secrets ?? []
const keyRing = await startKeyRing({ ...keySettings(config), store: createKeyStore(database), secrets, onError })
const given = { config, database, keyRing, revocations, secrets, clock }
const app = await buildApp({ ...given, logger: pino({ level: config.logLevel }) })

const sessions = createSessionStore(database, { leewaySeconds: 0, forkSeconds: 0 })
const { tokenCache } = await createTokens({
  ...given,
  secrets: newestInForce(secrets),
  createVerifySignature: verifyWithFastifyJwt,
})
const verifyAccessToken = tokenCache.verify
const cookies = createCookies({ publicUrl: config.publicUrl, sameSite: config.cookieSameSite })
const transport = createTokenTransport({ cookies, gate: createCsrfGate(createAllowedOrigins(config.spaOrigins)) })
const staleRevocations = config.revocationStale
const authenticate = createAuthenticate({
  transport,
  verifyAccessToken,
  revocations,
  staleRevocations,
  sessions,
  clock,
})

const now = Math.floor(Date.now() / 1000)
const times = { auth_time: now, iat: now, exp: now + 600 }
const answer = { sub: userId(0), sid: sessionId(0), roles: [], amr: ['pwd'], ...times }
await app.register(
  async (scope: typeof app) => {
    scope.addHook('onRoute', (route: RouteOptions) => void (route.handler = async () => answer))
    whoamiRoute(scope)
  },
  { prefix: '/none' },
)
for (const check of ['signature', 'session'] as const) {
  await app.register(
    async (scope: typeof app) => {
      scope.addHook('onRequest', authenticate({ check }))
      whoamiRoute(scope)
    },
    { prefix: `/${check}` },
  )
}

// These outlast any bench.
const lifeSeconds = 12 * 3600
const { publicUrl: issuer, audience } = config
const accessTokens = createAccessTokens({ issuer, audience, lifeSeconds, signingKey: () => keyRing.signing, clock })
const subjectOf = (i: number) => ({ userId: userId(i), sessionId: sessionId(i), authTime: now, amr: ['pwd'] })

await serve({
  listen: () => app.listen({ port: 0, host: '127.0.0.1' }),
  credentials: async (count) =>
    Array.from({ length: count }, (_, i) => {
      const { token } = accessTokens.issue({ ...subjectOf(i), roles: [], tokenVersion: 0 }, lifeSeconds)
      return `Authorization: Bearer ${token}`
    }),
})
