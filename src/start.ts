/** Starts the server: database, keys, app, listen; and on a signal the same backwards. */
import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { buildApp } from './app.ts'
import { createCleaning } from './cleaning/cleaning.ts'
import type { Config } from './config.ts'
import { openDatabase } from './database/open.ts'
import { serverSecrets } from './generated-once.ts'
import { keySettings } from './keys/key-keeper.ts'
import { startKeyRing } from './keys/key-ring.ts'
import { createKeyStore } from './keys/key-store.ts'
import { openLimitStore } from './limits/open-limits.ts'
import { type RunningMail, startMail } from './mail/start-mail.ts'
import { createMonotonicClock } from './monotonic-clock.ts'
import { StartError } from './start-error.ts'
import { createRevocationFeed } from './verification/revocation-feed.ts'

// Orchestrators give ten seconds between SIGTERM and SIGKILL.
const stopWithinMilliseconds = 9000

/** Resolves once the server listens; rejects, with nothing left open, where it cannot. */
export async function start(config: Config): Promise<void> {
  const logger = pino({ level: config.logLevel })
  const log = (message: string) => logger.info(message)
  const onError = (err: Error) => logger.warn({ err }, 'an idle database connection broke')
  const { url, database, close: closeDatabase } = await openDatabase(config, { log, onError })
  const clock = createMonotonicClock(Date.now)
  let keyRing: Awaited<ReturnType<typeof startKeyRing>> | undefined
  const revocations = createRevocationFeed({
    connectionString: url,
    listen: config.revocationListen,
    clock,
    onError: (err) => logger.warn({ err }, 'revocations could not be read'),
    onKeyRevoked: () => void keyRing?.look(),
  })
  const cleaning = createCleaning({
    connectionString: url,
    auditDays: config.auditDays,
    onError: (err) => logger.warn({ err }, 'what is over could not be cleaned away'),
    onCleaned: (removed) => logger.info({ removed }, 'rows that were over have been cleaned away'),
  })
  let mail: RunningMail | undefined
  const limits = await openLimitStore({ redisUrl: config.redisUrl, database, log: logger })
  const close = async () => {
    await cleaning.stop()
    await mail?.stop()
    await revocations.stop()
    await keyRing?.stop()
    limits.close()
    await closeDatabase()
  }
  try {
    const secrets = await serverSecrets(config)
    keyRing = await startKeyRing({
      ...keySettings(config),
      store: createKeyStore(database),
      secrets,
      onError: (err) => logger.warn({ err }, 'signing keys could not be brought up to date'),
    })
    if (!config.publicUrl.startsWith('https:')) {
      log(
        'PUBLIC_URL is not https: cookies are named access and refresh, without the __Host-Http- that would protect them',
      )
    }
    if (Object.keys(config.rates).length === 0) {
      logger.warn('RATE_LIMITS is off: passwords may be guessed as fast as they are hashed')
    }
    await revocations.start()
    mail = startMail({ config, database, secrets, log: logger })
    const limitStore = limits.store
    const app = await buildApp({ config, database, keyRing, revocations, secrets, limitStore, mail, logger, clock })
    app.addHook('onClose', close)
    closeWithGrace({ delay: stopWithinMilliseconds, logger }, () => app.close())
    const address = await app.listen({ port: config.port, host: config.host }).catch((error: unknown) => {
      throw new StartError(`Cannot listen on ${config.host}:${config.port}: ${String(error)}`, { cause: error })
    })
    cleaning.start()
    if (!config.production) process.stdout.write(banner(config, address))
  } catch (error) {
    await close()
    throw error
  }
}

const banner = ({ publicUrl }: Config, address: string) => `
  Countersign listens on ${address}
  Reference and try-out   ${publicUrl}/docs

  curl -s ${publicUrl}/auth/register -H 'Content-Type: application/json' \\
    -d '{"email":"ada@example.com","password":"correct horse battery staple"}'

`
