/** Connections to the database. Each sets what the server needs of its session, over the address, the role and the database. */
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { StartError } from '../config/start-error.ts'
import { readAddress } from './address.ts'
import { errorCode } from './error-code.ts'

type Parameters = Record<string, string | number | undefined>

/** The types of pg leave out this method, which every connection calls once. */
type WithParameters = { getStartupConf(): Parameters }

/** Behind a pooler, the next transaction may have another connection of Postgres, on which nobody has prepared a named statement. */
function leaveStatementsUnnamed(client: pg.Client): void {
  const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
  const isNamed = (config: unknown) => typeof config === 'object' && config !== null && 'name' in config
  const unnamed = (config: unknown, ...rest: unknown[]) =>
    query(isNamed(config) ? { ...(config as pg.QueryConfig), name: undefined } : config, ...rest)
  Object.assign(client, { query: unnamed })
}

/**
 * A kind of client for the database at this address. Parameters that a client sends as it connects win over `options` in the address, over
 * the role and over the database. They decide how times are written: the adapter of Prisma drops the offset of a timestamptz, which is
 * harmless only if that offset is zero, so in another time zone a token would live hours too long. Throws a StartError if a file of the
 * address cannot be read.
 */
export function sessionClient(url: string, more: pg.ClientConfig = {}): new (config?: pg.ClientConfig) => pg.Client {
  const { connectionString, schema, isPooled } = readAddress(url)
  refuseUnreadableFiles(connectionString)
  if (isPooled && schema !== 'public') {
    throw new StartError(
      `PgBouncer, which ?pgbouncer=true announces, cannot give a connection the schema ${schema}. Use the schema public, or connect ` +
        'to Postgres directly.',
    )
  }
  // PgBouncer knows these two, and gives them to each connection of Postgres that it lends to the client.
  const always = { TimeZone: 'UTC', DateStyle: 'ISO, MDY' }
  const unpooled = {
    // In a stricter isolation, logins of a user at the same moment fail.
    default_transaction_isolation: 'read committed',
    ...(schema === 'public' ? {} : { search_path: `"${schema}"` }),
  }
  // PgBouncer refuses parameters that it does not know. Behind it, the role or the database has to set them.
  const refused = new Set(['statement_timeout', 'idle_in_transaction_session_timeout', 'options'])
  return class extends pg.Client {
    constructor(config: pg.ClientConfig = {}) {
      super({ ...config, connectionString, ...more })
      if (isPooled) leaveStatementsUnnamed(this)
    }

    getStartupConf(): Parameters {
      const prototype = pg.Client.prototype as unknown as WithParameters
      const parameters = { ...prototype.getStartupConf.call(this), ...always }
      if (!isPooled) return { ...parameters, ...unpooled }
      return Object.fromEntries(Object.entries(parameters).filter(([name]) => !refused.has(name)))
    }
  }
}

/** Throws a StartError that names the parameter if a file of the address cannot be read. pg would throw the path. */
function refuseUnreadableFiles(connectionString: string): void {
  for (const name of ['sslrootcert', 'sslcert', 'sslkey']) {
    const file = new URL(connectionString).searchParams.get(name)
    if (file === null) continue
    try {
      readFileSync(file)
    } catch (error) {
      throw new StartError(`The file of ${name} in DATABASE_URL cannot be read (${String(errorCode(error))}).`, {
        cause: error,
      })
    }
  }
}

/** One connection to the database at this address, which is not open yet. */
export const createSession = (url: string, config: pg.ClientConfig): pg.Client => new (sessionClient(url, config))()
