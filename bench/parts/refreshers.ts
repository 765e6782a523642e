/** The participants of the refresh parts. Each is checked to have rotated its sessions. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newestInForce } from '../../src/secrets/server-secrets.ts'
import { createRefreshTokens } from '../../src/tokens/refresh-token.ts'
import type { Participant } from '../harness/rounds.ts'
import { benchSecret, type Server } from '../harness/server.ts'
import { renew, rotations, secretOf, sessionId, spread } from '../harness/sessions.ts'
import { runPgbench } from '../load/pgbench.ts'
import { runWrk } from '../load/wrk.ts'
import type { Tools } from './part.ts'

const { format } = createRefreshTokens(newestInForce([benchSecret]))

/** The first refresh token of a session from sessions.ts. */
export const firstToken = (number: number): string =>
  format({ mode: 'bearer', sessionId: sessionId(number), generation: 0, secret: secretOf(number) })

type Given = {
  readonly id: string
  readonly name: string
  readonly server: Server
  readonly path: string
  readonly clients: number
}
/** Sessions in a database of Countersign, which are reset before each turn. */
type Sessions = {
  readonly databaseUrl: string
  readonly inTable: number
  /** The number of sessions that refresh in turn. */
  readonly active: number
  /** The first token of a session. */
  readonly tokenOf: (number: number) => string
  readonly plain?: boolean
}

// Every response stands for one rotation. Requests under way at the end may have rotated without a response.
async function requireRotated(url: string, numbers: readonly number[], answered: number, clients: number) {
  const rotated = await rotations(url, numbers)
  if (rotated < answered || rotated > answered + clients) {
    throw new Error(`${answered} answers, but ${rotated} rotations`)
  }
}

/** A server that rotates sessions of Countersign. */
export function rotator({ wrk, place }: Tools, given: Given, sessions: Sessions): Participant {
  const { server, path, clients } = given
  const { databaseUrl, inTable, active, tokenOf, plain = false } = sessions
  const numbers = spread(active, inTable)
  const file = join(place.directory, `${given.id}-${clients}.txt`)
  const load = { wrk, directory: place.directory, script: 'refresh', url: server.url, path, file } as const
  return {
    ...given,
    prepare: async () => {
      await renew(databaseUrl, numbers, { plain })
      await writeFile(file, `${numbers.map(tokenOf).join('\n')}\n`)
    },
    run: (seconds) => runWrk({ ...load, seconds, connections: clients }),
    confirm: ({ count = 0 }) => requireRotated(databaseUrl, numbers, count, clients),
  }
}

/** A server with its own refresh tokens. */
export function exchanger({ wrk, place }: Tools, given: Given, active: number): Participant {
  const { server, path, clients } = given
  const file = join(place.directory, `${given.id}-${clients}.txt`)
  const load = { wrk, directory: place.directory, script: 'refresh', url: server.url, path, file } as const
  return {
    ...given,
    prepare: () => server.credentials(active, file),
    run: (seconds) => runWrk({ ...load, seconds, connections: clients }),
  }
}

/** The statement alone. */
export function statementAlone({ pgbench, place }: Tools, databaseUrl: string, clients: number): Participant {
  const numbers = Array.from({ length: clients }, (_, i) => i)
  return {
    id: 'pgbench',
    name: 'pgbench, the statement alone',
    prepare: () => renew(databaseUrl, numbers, { plain: true }),
    run: (seconds) => runPgbench({ pgbench, directory: place.directory, url: databaseUrl, clients, seconds }),
    confirm: ({ count = 0 }) => requireRotated(databaseUrl, numbers, count, clients),
  }
}
