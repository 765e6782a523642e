/** Starts the server: database, keys, app, listen. On a signal it stops them in reverse order. */
import { buildApp } from './app.ts'
import { createCleaning } from './cleaning/cleaning.ts'
import { createDatabaseClock } from './clock/database-clock.ts'
import type { Config } from './config/config.ts'
import { serverSecrets } from './config/generated-secret.ts'
import { settingWarnings } from './config/setting-warnings.ts'
import { yieldThreadPool } from './config/thread-pool.ts'
import { openDatabase } from './database/open.ts'
import { createResealStore } from './factors/totp/reseal-store.ts'
import { createResealing, type Resealing } from './factors/totp/reseal-totp.ts'
import { createTotpSeal } from './factors/totp/seal-totp.ts'
import { backlog } from './http/bounds/connection-limits.ts'
import { keySettings } from './keys/key-keeper.ts'
import { startKeyRing } from './keys/key-ring.ts'
import { createKeyStore } from './keys/key-store.ts'
import { openLimitStore } from './limits/open-limits.ts'
import { type RunningMail, startMail } from './mail/start-mail.ts'
import { createLogger } from './observability/logger.ts'
import { createMeters } from './observability/meters.ts'
import { listenForMetrics } from './observability/routes.ts'
import { listenError, type Place } from './process/listen-error.ts'
import { stopOnSignal } from './process/stop-on-signal.ts'
import { createRevocationFollower } from './revocations/follow-revocations.ts'

// Orchestrators give ten seconds between SIGTERM and SIGKILL.
const stopWithinMilliseconds = 9000

/** Resolves when the server listens. Rejects, with nothing left open, if it cannot start. */
export async function start(config: Config): Promise<void> {
  const logger = createLogger(config.logLevel)
  const log = (message: string) => logger.info(message)
  // These come first, because a misspelt setting may be the reason why the start fails.
  for (const warning of settingWarnings(config)) logger.warn(warning)
  const onTracesLost = (err: Error) => logger.warn({ err }, 'traces could not be sent')
  const tracing = config.traces ? (await import('./observability/tracing.ts')).startTracing(onTracesLost) : undefined
  await yieldThreadPool().catch((err: unknown) =>
    logger.warn({ err }, 'password hashes run with the same priority as requests'),
  )
  const onError = (err: Error) => logger.warn({ err }, 'an idle database connection broke')
  const around = tracing?.statement
  const { url, database, close: closeDatabase } = await openDatabase(config, { log, onError, around })
  const { now: clock, heard, skewMs: clockSkewMs } = createDatabaseClock()
  let keyRing: Awaited<ReturnType<typeof startKeyRing>> | undefined
  const revocations = createRevocationFollower({
    connectionString: url,
    listen: config.revocationListen,
    clock,
    onError: (err) => logger.warn({ err }, 'revocations could not be read'),
    onKeyRevoked: () => void keyRing?.look(),
  })
  const cleaning = createCleaning({
    connectionString: url,
    auditDays: config.auditDays,
    onError: (err) => logger.warn({ err }, 'expired rows could not be removed'),
    onCleaned: (removed) => logger.info({ removed }, 'expired rows were removed'),
  })
  let mail: RunningMail | undefined
  let resealing: Resealing | undefined
  let limits: Awaited<ReturnType<typeof openLimitStore>> | undefined
  let metricsPort: Awaited<ReturnType<typeof listenForMetrics>> | undefined
  let ignoreSignals = () => {}
  let closing: Promise<void> | undefined
  const closeAll = async () => {
    await metricsPort?.close()
    await cleaning.stop()
    await resealing?.stop()
    await mail?.stop()
    await revocations.stop()
    await keyRing?.stop()
    limits?.close()
    await closeDatabase()
    await tracing?.stop().catch(onTracesLost)
  }
  // Fastify closes itself if it cannot listen, so this is called twice then.
  const close = () => (closing ??= closeAll())
  try {
    const secrets = await serverSecrets(config)
    limits = await openLimitStore({ redisUrl: config.redisUrl, database, log: logger })
    keyRing = await startKeyRing({
      ...keySettings(config),
      store: createKeyStore(database),
      secrets,
      onTime: heard,
      onSecret: (index, changed) => logger.info({ secretInForce: index }, secretText(index, changed)),
      onError: (err) => logger.warn({ err }, 'signing keys could not be brought up to date'),
    })
    if (!config.publicUrl.startsWith('https:')) {
      log(
        'PUBLIC_URL is not https: cookies are named access and refresh, without the __Host-Http- that would protect them',
      )
    }
    resealing = createResealing({
      store: createResealStore(database),
      seal: createTotpSeal({ all: secrets, indexInForce: () => keyRing?.secretInForce ?? 0 }),
      onResealed: ({ resealed, lost }) => {
        if (resealed > 0) logger.info({ resealed }, 'secrets of authenticator apps were sealed again')
        // Their users need a recovery code, or a reset by an administrator.
        if (lost > 0) logger.error({ lost }, 'no COUNTERSIGN_SECRET opens the secrets of some authenticator apps')
      },
      onError: (err) => logger.warn({ err }, 'secrets of authenticator apps could not be sealed again'),
    })
    await revocations.start()
    mail = startMail({ config, database, secrets, log: logger })
    const meters = await createMeters({ enabled: config.metrics })
    const running = { database, keyRing, revocations, limitStore: limits.store, mail, meters, tracing }
    const app = await buildApp({ config, ...running, secrets, logger, clock, clockSkewMs })
    app.addHook('onClose', close)
    ignoreSignals = stopOnSignal({ delay: stopWithinMilliseconds, logger, close: () => app.close() })
    const { host, port } = config
    const cannotListen = (place: Pick<Place, 'port' | 'setting'>) => (error: unknown) => {
      throw listenError(error, { host, ...place })
    }
    if (config.metricsPort !== 0) {
      const at = { host, port: config.metricsPort }
      const setting = 'METRICS_PORT'
      metricsPort = await listenForMetrics({ expose: meters.expose, check: app.readiness.check }, at).catch(
        cannotListen({ port: at.port, setting }),
      )
    }
    // The types of Fastify lack reusePort, which it passes on to Node.
    const shared = { port, host, backlog, reusePort: config.reusePort }
    const address = await app.listen(shared).catch(cannotListen({ port, setting: 'PORT' }))
    cleaning.start()
    resealing.start()
    if (!config.production) process.stdout.write(banner(config, address))
  } catch (error) {
    // Otherwise the end of the process would count as a stop that was asked for, with exit code 0.
    ignoreSignals()
    await close()
    throw error
  }
}

const secretText = (index: number, changed: boolean) =>
  changed && index === 0
    ? 'a new COUNTERSIGN_SECRET is in force: the first of the list now seals the signing keys and makes refresh tokens'
    : 'the first secret of COUNTERSIGN_SECRET is not in force: another node does not have it in the first place'

const banner = ({ publicUrl }: Config, address: string) => `
  Countersign listens on ${address}
  Reference and try-out   ${publicUrl}/docs

  curl -s ${publicUrl}/auth/register -H 'Content-Type: application/json' \\
    -d '{"email":"ada@example.com","password":"correct horse battery staple"}'

`
