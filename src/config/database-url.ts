/** DATABASE_URL, the parameters that it may have, and the settings that stand for some of them. */
import type { z } from 'zod'
import { serverUrl } from './server-url.ts'

/** The parameters that pg reads, and those that every connection of the server heeds (src/database/address.ts). */
const known = new Set([
  'host',
  'port',
  'user',
  'password',
  'sslmode',
  'ssl',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'uselibpqcompat',
  'options',
  'application_name',
  'schema',
  'connection_limit',
  'pgbouncer',
])
// With `allow` and `prefer`, somebody in the network decides whether there is TLS.
const sslModes = ['disable', 'require', 'verify-ca', 'verify-full', 'no-verify']
/** An identifier that needs no quotes. `pg_` begins the names of Postgres itself. */
export const schemaName = /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/

/** The first thing that is wrong with the parameters, or undefined. It names parameters, and never holds a value. */
function mistakeOf(text: string): string | undefined {
  const { searchParams } = new URL(text)
  for (const name of searchParams.keys()) {
    if (known.has(name)) continue
    const cure = name === 'pool_timeout' ? ': a request waits for at most 1.6 s for the database' : ''
    // A part of a password may look like a parameter, so only a name that could be one is shown.
    return `has ${/^[a-z_]{1,40}$/.test(name) ? `the parameter ${name}` : 'a parameter'}, which the server does not know${cure}. Remove it`
  }
  const mode = searchParams.get('sslmode')
  if (mode !== null && !sslModes.includes(mode)) return `has an sslmode that is none of ${sslModes.join(', ')}`
  const schema = searchParams.get('schema')
  if (schema !== null && !schemaName.test(schema)) return 'has a schema that is no name of a-z, 0-9 and _'
  const limit = searchParams.get('connection_limit')
  if (limit !== null && !/^[1-9]\d{0,3}$/.test(limit))
    return 'has a connection_limit that is no whole number from 1 to 9999'
  const pooler = searchParams.get('pgbouncer')
  if (pooler === 'true' && searchParams.has('options')) {
    return 'has options, which PgBouncer does not pass on. Set them for the role: ALTER ROLE … SET …'
  }
  if (pooler !== null && pooler !== 'true' && pooler !== 'false')
    return 'has a pgbouncer that is neither true nor false'
  return undefined
}

export const databaseUrl: z.ZodType<string, string> = serverUrl('postgresql:', 'postgres:').superRefine((text, ctx) => {
  const message = URL.canParse(text) ? mistakeOf(text) : undefined
  if (message) ctx.addIssue({ code: 'custom', message })
})

/** Parameters of the address for which there are settings. */
export type Parameters = { readonly schema: string | undefined; readonly poolSize: number | undefined }

/** Where the database is: at an address, or embedded, with its files in the directory. */
export type DatabasePlace = {
  readonly dataDir: string
  readonly databaseUrl: string | undefined
  readonly databaseParameters?: Parameters
  /** Whether a start applies missing migrations, which is the default. */
  readonly migrateOnStart?: boolean
}

/** The address with these parameters. A parameter that it already has wins. */
export function withParameters(
  url: string,
  parameters: Parameters = { schema: undefined, poolSize: undefined },
): string {
  if (parameters.schema === undefined && parameters.poolSize === undefined) return url
  const address = new URL(url)
  const set = (name: string, value: string | number | undefined) => {
    if (value !== undefined && !address.searchParams.has(name)) address.searchParams.set(name, String(value))
  }
  set('schema', parameters.schema)
  set('connection_limit', parameters.poolSize)
  return address.href
}
