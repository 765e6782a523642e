/** The server itself: its address, its database and its secret. Part of settings.ts. */
import { z } from 'zod'
import { databaseUrl, schemaName } from '../database-url.ts'
import { publicUrl } from '../public-url.ts'
import { secrets, whole, wholeOrNone } from '../setting-rules.ts'

export const basics = {
  NODE_ENV: z
    .enum(['development', 'production'], 'must be development or production')
    .optional()
    .describe(
      'With `production`, the server refuses to start with any development default. If it is unset, a `PUBLIC_URL` ' +
        'that is https or names another machine means production, and anything else means development.',
    ),
  PORT: whole(0, 65_535, 3000).describe(
    'The TCP port that the server listens on. With 0, the server takes any free port.',
  ),
  HOST: z
    .string()
    .default('localhost')
    .describe('The address that the server listens on. `0.0.0.0` means every address of the machine.'),
  DATA_DIR: z.string().default('.data').describe('The directory of the embedded Postgres and of the generated secret.'),
  DATABASE_URL: databaseUrl
    .optional()
    .describe(
      'The address of a Postgres 15 or newer, with the parameters of docs/reference/database.md. If it is unset, the server ' +
        'starts an embedded Postgres.',
    ),
  DATABASE_POOL_SIZE: wholeOrNone(2, 1000)
    .optional()
    .describe(
      'The most connections of the pool of this process; 20 if it is unset. The process opens two more, to follow revocations and to clean. ' +
        '`?connection_limit=` in `DATABASE_URL` wins.',
    ),
  DATABASE_SCHEMA: z
    .string()
    .regex(schemaName, 'must be a name of a-z, 0-9 and _ that does not begin with pg_')
    .optional()
    .describe('The schema of the tables; `public` if it is unset. `?schema=` in `DATABASE_URL` wins.'),
  MIGRATE_ON_START: z
    .enum(['on', 'off'], 'must be on or off')
    .default('on')
    .describe(
      'Whether a start applies missing migrations. With `off`, a start refuses while one is missing, and changes nothing: ' +
        'run `countersign migrate` first.',
    ),
  COUNTERSIGN_SECRET: secrets
    .optional()
    .describe(
      'The secrets of this server, newest first, separated by commas. If it is unset in development, the ' +
        'server generates one in `DATA_DIR`.',
    ),
  PUBLIC_URL: publicUrl
    .optional()
    .describe(
      'The address at which clients reach this server: an origin, or an origin and a path. Tokens name it as their ' +
        'issuer, and links in mails begin with it. If it is unset in development, it is `http://localhost:` and `PORT`.',
    ),
  AUDIENCE: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, 'must be 1 to 100 visible ASCII characters')
    .optional()
    .describe('The `aud` claim of access tokens: an identifier of your API. If it is unset, it is `PUBLIC_URL`.'),
}
