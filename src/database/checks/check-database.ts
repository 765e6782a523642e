/** All checks together. They read the database over a session as the server opens it, and change nothing. */
import type { ClientBase } from 'pg'
import { StartError } from '../../config/start-error.ts'
import { readAddress } from '../address.ts'
import { type Migration, ownMigrations, readMigrations } from '../migrations/migration-ledger.ts'
import { foreignMigrations } from './foreign-migrations.ts'
import { missingRights } from './missing-rights.ts'
import { roomForConnections } from './room-for-connections.ts'
import { problemsOf, readFacts } from './session-facts.ts'

/** A sentence each, with the cure. A problem would make the server wrong later. A warning would only make it slow, or fail under load. */
export type Findings = {
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
  /** Whether Postgres is a standby, which may become the primary. */
  readonly isStandby: boolean
}

/** Checks the server, the session and the schema. It holds before and after the migrations, which are those of this build by default. */
export async function checkDatabase(
  client: ClientBase,
  url: string,
  migrations?: readonly Migration[],
): Promise<Findings> {
  const address = readAddress(url)
  const facts = await readFacts(client, address.schema)
  const problems = problemsOf(facts, address)
  const [first] = migrations ?? (await readMigrations(ownMigrations))
  return {
    problems: [...problems, ...(await foreignMigrations(client, address.schema, first?.name))],
    warnings: roomForConnections(facts, address),
    isStandby: facts.isStandby,
  }
}

/** Throws a StartError with every problem, one a line. */
export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new StartError(problems.join('\n'))
}

/** Throws a StartError with the statements that grant it if the role lacks a right. All migrations must be there. */
export const refuseMissingRights = async (client: Pick<ClientBase, 'query'>): Promise<void> =>
  refuse(await missingRights(client))
