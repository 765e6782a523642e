/** Starts the server: database, keys, app, listen; and on a signal the same backwards. */
import { join } from 'node:path'
import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { buildApp } from './app.ts'
import type { Config } from './config.ts'
import { createDatabase } from './database/client.ts'
import { startEmbedded } from './database/embedded.ts'
import { migrate } from './database/migrate.ts'
import { generatedOnce, privateDirectory } from './generated-once.ts'
import { loadKeyRing } from './keys/key-ring.ts'
import { createKeyStore } from './keys/key-store.ts'
import { createMonotonicClock } from './monotonic-clock.ts'
import { StartError } from './start-error.ts'
import { createRevocationFeed } from './verification/revocation-feed.ts'

// Orchestrators give ten seconds between SIGTERM and SIGKILL.
const stopWithinMilliseconds = 9000

/** Resolves once the server listens; rejects, with nothing left open, where it cannot. */
export async function start(config: Config): Promise<void> {
  const logger = pino({ level: config.logLevel })
  const log = (message: string) => logger.info(message)
  const { dataDir } = config
  const embedded = config.databaseUrl === undefined ? await startEmbedded({ dataDir, log }) : undefined
  const url = config.databaseUrl ?? embedded?.url ?? ''
  const database = createDatabase(url, (err) => logger.warn({ err }, 'an idle database connection broke'))
  const clock = createMonotonicClock(Date.now)
  const revocations = createRevocationFeed({
    connectionString: url,
    listen: config.revocationListen,
    clock,
    onError: (err) => logger.warn({ err }, 'revocations could not be read'),
  })
  const close = async () => {
    await revocations.stop()
    await database.close()
    await embedded?.stop()
  }
  try {
    await migrate(url, { log })
    const secrets = config.secrets ?? [await generatedOnce(join(await privateDirectory(dataDir), 'secret'))]
    const keyRing = await loadKeyRing({ store: createKeyStore(database), secrets, alg: config.signingAlg })
    if (!config.publicUrl.startsWith('https:')) {
      log(
        'PUBLIC_URL is not https: cookies are named access and refresh, without the __Host-Http- that would protect them',
      )
    }
    await revocations.start()
    const app = await buildApp({ config, database, keyRing, revocations, secrets, logger, clock })
    app.addHook('onClose', close)
    closeWithGrace({ delay: stopWithinMilliseconds, logger }, () => app.close())
    const address = await app.listen({ port: config.port, host: config.host }).catch((error: unknown) => {
      throw new StartError(`Cannot listen on ${config.host}:${config.port}: ${String(error)}`, { cause: error })
    })
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
