/** The app with a route that a user of this code base would add: POST /notes, behind authenticate(), with no schema. */
import type { Test } from 'tap'
import { buildApp } from '../../../src/app.ts'
import { readConfig } from '../../../src/config/config.ts'
import { createAuthenticate } from '../../../src/guard/authenticate.ts'
import { verifyWithFastifyJwt } from '../../../src/guard/fastify-jwt.ts'
import { createAllowedOrigins } from '../../../src/http/browser/allowed-origins.ts'
import { createCookies } from '../../../src/http/browser/cookies.ts'
import { createCsrfGate } from '../../../src/http/browser/csrf.ts'
import { createTokenTransport } from '../../../src/http/browser/token-transport.ts'
import { keySettings } from '../../../src/keys/key-keeper.ts'
import { startKeyRing } from '../../../src/keys/key-ring.ts'
import { createKeyStore } from '../../../src/keys/key-store.ts'
import { createRevocationFollower } from '../../../src/revocations/follow-revocations.ts'
import { createSessionStore } from '../../../src/sessions/session-store.ts'
import { createSignatureChecks } from '../../../src/tokens/signature.ts'
import { createVerifyAccessToken } from '../../../src/tokens/verify-access-token.ts'
import { connect, createDatabase } from '../../setup/database.ts'
import { quickBcryptCost, testSecret } from '../../setup/node.ts'
import { spaOrigins } from './page.ts'

/** Listens until the test ends. `notes` counts the requests that reached the handler. */
export async function startNotesApp(t: Pick<Test, 'teardown'>) {
  const read = readConfig({
    NODE_ENV: 'development',
    PUBLIC_URL: 'https://auth.example.test',
    REFRESH_LEEWAY_SECONDS: '300',
    RATE_LIMITS: 'off',
    SPA_ORIGINS: spaOrigins,
  })
  const config = { ...read, bcryptCost: quickBcryptCost }
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const database = connect(url)
  const secrets = [testSecret]
  const keyRing = await startKeyRing({ ...keySettings(config), store: createKeyStore(database), secrets })
  const revocations = createRevocationFollower({
    connectionString: url,
    listen: true,
    clock: Date.now,
    onError: () => {},
  })
  await revocations.start()
  const app = await buildApp({ config, database, keyRing, revocations, secrets })

  const cookies = createCookies({ publicUrl: 'https://auth.example.test', sameSite: config.cookieSameSite })
  const transport = createTokenTransport({ cookies, gate: createCsrfGate(createAllowedOrigins(config.spaOrigins)) })
  const { publicUrl: issuer, audience } = config
  const signatureChecks = createSignatureChecks(verifyWithFastifyJwt)
  await signatureChecks.use(keyRing.verification)
  const verifyAccessToken = createVerifyAccessToken({ issuer, audience, signatureChecks, clock: Date.now })
  const authenticate = createAuthenticate({
    transport,
    verifyAccessToken,
    revocations,
    staleRevocations: 'open',
    sessions: createSessionStore(database, { leewaySeconds: 0, forkSeconds: 0 }),
    clock: Date.now,
  })
  let notes = 0
  await app.register(async (scope) => {
    scope.addHook('onRequest', authenticate())
    scope.post('/notes', async () => ({ notes: ++notes }))
  })

  const baseUrl = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(async () => {
    await app.close()
    await revocations.stop()
    await keyRing.stop()
    await database.close()
  })

  /** Everything that a request could have changed. */
  async function dump(): Promise<string> {
    const rows = (table: string) => `(SELECT coalesce(json_agg(r ORDER BY r.id), '[]') FROM ${table} r)`
    const tables = ['users', 'sessions', 'one_time_tokens', 'mails']
    const { rows: found } = await database.pool.query(`SELECT ${tables.map((name) => `${rows(name)} ${name}`).join()}`)
    return JSON.stringify([...found, notes])
  }

  return { app, baseUrl, database, dump }
}

export type NotesApp = Awaited<ReturnType<typeof startNotesApp>>
