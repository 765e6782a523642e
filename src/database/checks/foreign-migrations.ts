/** Finds the tables of another program, beside which ours must not be made. */
import type { ClientBase } from 'pg'
import { errorCode } from '../error-code.ts'
import { hasLedger } from '../migrations/migration-ledger.ts'

/**
 * A sentence if the ledger of this schema has migrations, and not our first one, `first`. A database of a newer version of Countersign has
 * that one, and more that this version does not know.
 */
export async function foreignMigrations(
  client: Pick<ClientBase, 'query'>,
  schema: string,
  first: string | undefined,
): Promise<string[]> {
  if (!(await hasLedger(client))) return []
  const cure = 'Give Countersign a database of its own, or a schema by DATABASE_SCHEMA.'
  try {
    const { rows } = await client.query<{ name: string }>(
      'SELECT migration_name AS name FROM _prisma_migrations WHERE rolled_back_at IS NULL',
    )
    if (rows.length === 0 || rows.some(({ name }) => name === first)) return []
    return [
      `The schema "${schema}" has the tables of another program: its _prisma_migrations holds none of Countersign. ${cure}`,
    ]
  } catch (error) {
    if (errorCode(error) !== '42501') throw error
    return [
      `The role may not read _prisma_migrations in the schema "${schema}". If the table is that of another program: ${cure} ` +
        'Otherwise grant the rights of deploy/grants.sql.',
    ]
  }
}
