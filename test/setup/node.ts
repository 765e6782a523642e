/** Starts nodes of the app in this process, each on a real Postgres and a real port. */
import { pino } from 'pino'
import type { Test } from 'tap'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { createDatabase as connectAsUsual } from '../../src/database/client.ts'
import { keySettings } from '../../src/keys/key-keeper.ts'
import { startKeyRing } from '../../src/keys/key-ring.ts'
import { createKeyStore } from '../../src/keys/key-store.ts'
import { openLimitStore } from '../../src/limits/open-limits.ts'
import type { Patience } from '../../src/mail/send-mails.ts'
import { startMail } from '../../src/mail/start-mail.ts'
import { createRevocationFollower } from '../../src/revocations/follow-revocations.ts'
import { connect, createDatabase } from './database.ts'

export const testSecret = 'a secret that is only good for tests and nowhere else'
const environment = {
  NODE_ENV: 'development',
  PUBLIC_URL: 'https://auth.example.test',
  COUNTERSIGN_SECRET: testSecret,
  RATE_LIMITS: 'off', // tests log in too often; test/limits turns the limits on
}
/** Below the lowest BCRYPT_COST, because tests hash often. A test that needs a slow hash sets BCRYPT_COST. */
export const quickBcryptCost = 4

type Options = {
  /** The database of another node. By default a node gets a new one. */
  databaseUrl?: string
  env?: Record<string, string>
  clock?: () => number
  /** Receives every log line. */
  log?: (line: string) => void
  /** Whether the node sends the outbox to SMTP_URL or to its mailbox, and its time limits. */
  mail?: boolean | Partial<Patience>
  /** Whether the node has the time limits of production for the database. */
  usualPatience?: boolean
  /** By default a free port. */
  port?: number
}

/** Starts a node that listens until the test ends. */
export async function startNode(t: Pick<Test, 'teardown'>, options: Options = {}) {
  const { databaseUrl, env = {}, clock, log, port = 0, usualPatience = false } = options
  const read = readConfig({ ...environment, ...env })
  const config = 'BCRYPT_COST' in env ? read : { ...read, bcryptCost: quickBcryptCost }
  const url = databaseUrl ?? (await temporaryDatabase(t))
  const database = usualPatience ? connectAsUsual(url, () => {}) : connect(url)
  const secrets = config.secrets ?? []
  // The keys have their own connections, because tests count the queries of requests on the others.
  const keyDatabase = connect(url)
  const keyRing = await startKeyRing({
    ...keySettings(config),
    store: createKeyStore(keyDatabase),
    secrets,
    // On a busy machine, a second may become many.
    ...(usualPatience ? {} : { currentForMs: 60_000 }),
  })
  const revocations = createRevocationFollower({
    connectionString: url,
    listen: config.revocationListen,
    clock: clock ?? Date.now,
    onError: () => {},
    onKeyRevoked: () => void keyRing.look(),
  })
  await revocations.start()
  const logger = log && pino({ level: 'debug' }, { write: log })
  const quiet = { info: () => {}, warn: () => {} }
  const patience = typeof options.mail === 'object' ? options.mail : {}
  const mail = options.mail ? startMail({ config, database, secrets, log: logger ?? quiet, patience }) : undefined
  const limits = await openLimitStore({ redisUrl: config.redisUrl, database, log: logger ?? quiet })
  const app = await buildApp({
    revocations,
    limitStore: limits.store,
    config,
    database,
    keyRing,
    secrets,
    // The test itself blocks the event loop at times.
    thresholds: { firstDelayMs: 10_000, lastDelayMs: 20_000 },
    ...(clock ? { clock } : {}),
    ...(mail ? { mail } : {}),
    ...(logger ? { logger } : {}),
  })
  const baseUrl = await app.listen({ port, host: '127.0.0.1' })
  t.teardown(async () => {
    await app.close()
    await mail?.stop()
    await revocations.stop()
    await keyRing.stop()
    limits.close()
    await keyDatabase.close()
    await database.close()
  })
  return { baseUrl, app, revocations, mail, database, databaseUrl: url, config, keyRing }
}

export type Node = Awaited<ReturnType<typeof startNode>>

async function temporaryDatabase(t: Pick<Test, 'teardown'>): Promise<string> {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  return url
}
