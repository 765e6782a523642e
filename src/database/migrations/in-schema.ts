/** Migrations in a schema other than `public`, for which they are written. */
import type { ClientBase } from 'pg'
import { errorCode } from '../error-code.ts'
import { sql, toQuery } from '../sql.ts'

/** Creates the schema if it is not there. Of nodes that do so at once, one creates it. */
export async function ensureSchema(client: ClientBase, schema: string): Promise<void> {
  // The role may lack the right to create a schema when nothing is left to do.
  const { rows } = await client.query<{ there: boolean }>(
    toQuery(sql`SELECT to_regnamespace(${schema}) IS NOT NULL AS there`),
  )
  if (rows[0]?.there) return
  await client.query(`CREATE SCHEMA "${schema}"`).catch((error: unknown) => {
    if (!['42P06', '23505'].includes(String(errorCode(error)))) throw error
  })
}

/** The script with the names of our tables and functions in this schema. Its checksum remains that of the file. */
export const scriptIn = (schema: string, script: string): string =>
  schema === 'public' ? script : script.replaceAll('public."', `"${schema}"."`)
