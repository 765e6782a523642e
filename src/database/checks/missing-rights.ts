/** Finds rights that the role of the server lacks. */
import type { ClientBase } from 'pg'

/** Every table, with the rights that the server needs. test/database/checks holds it against the schema. */
export const neededRights: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    [
      'attempts',
      'deleted_users',
      'email_codes',
      'factor_resets',
      'factors',
      'mails',
      'nodes',
      'one_time_tokens',
      'pending_passkeys',
      'recovery_codes',
      'revocations',
      'sessions',
      'signin_attempts',
      'signing_keys',
      'spent_challenges',
      'trusted_devices',
      'users',
    ].map((table) => [table, ['SELECT', 'INSERT', 'UPDATE', 'DELETE']]),
  ),
  audit_events: ['SELECT', 'INSERT'],
  _prisma_migrations: ['SELECT'],
}

const lacking = `SELECT current_user AS role,
    ARRAY(SELECT DISTINCT t FROM unnest($1::text[]) t WHERE to_regclass(t) IS NULL) AS absent,
    ARRAY(SELECT needed.right || ' ON ' || needed.table FROM unnest($1::text[], $2::text[]) AS needed("table", "right")
      WHERE NOT has_table_privilege(to_regclass(needed.table), needed.right)) AS tables,
    ARRAY(SELECT s.seqrelid::regclass::text FROM pg_sequence s WHERE NOT has_sequence_privilege(s.seqrelid, 'USAGE')
      AND EXISTS (SELECT FROM pg_depend d, unnest($1::text[]) t WHERE d.objid = s.seqrelid AND d.refobjid = to_regclass(t))) AS sequences,
    ARRAY(SELECT f.proname::text FROM pg_proc f WHERE f.pronamespace = current_schema()::regnamespace
      AND f.proname IN ('remove_expired_audit_events', 'scrub_deleted_user')
      AND NOT has_function_privilege(f.oid, 'EXECUTE')) AS functions`

/** A sentence about tables that are gone, or with the statements that grant what the role lacks. All migrations must be recorded. */
export async function missingRights(client: Pick<ClientBase, 'query'>): Promise<string[]> {
  const pairs = Object.entries(neededRights).flatMap(([table, rights]) => rights.map((right) => ({ table, right })))
  const { rows } = await client.query<{
    role: string
    absent: string[]
    tables: string[]
    sequences: string[]
    functions: string[]
  }>(lacking, [pairs.map(({ table }) => table), pairs.map(({ right }) => right)])
  const [found] = rows
  if (!found) return []
  if (found.absent.length > 0) {
    return [`Tables are missing, although their migrations are recorded: ${found.absent.join(', ')}. Restore a backup.`]
  }
  const to = `TO "${found.role}"`
  const grants = [
    ...found.tables.map((right) => `GRANT ${right} ${to}`),
    ...found.sequences.map((name) => `GRANT USAGE ON SEQUENCE ${name} ${to}`),
    ...found.functions.map((name) => `GRANT EXECUTE ON FUNCTION ${name} ${to}`),
  ]
  if (grants.length === 0) return []
  return [`The role of DATABASE_URL lacks rights. Run, as the owner: ${grants.join('; ')}.`]
}
