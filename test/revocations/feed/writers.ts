/** Connections that write revocations in transactions of their own, and a record of what they committed. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'

type Row = { id: string; seq: bigint }

export async function createWriter(connectionString: string) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  return { client, open: false, rows: [] as Row[] }
}

export type Writer = Awaited<ReturnType<typeof createWriter>>

/** The revocations in the database, as an observer of every commit knows them. */
export class World {
  readonly committed = new Map<string, bigint>()
  /** Rows whose transaction was rolled back. */
  readonly undone = new Set<string>()
  /** Counts the changes that a follower may notice. */
  version = 0
  /** The highest committed sequence number. */
  highest = 0n
  /** The last version with a late commit or a removed row. After it, entries may come again. */
  disturbed = 0

  commit(rows: readonly Row[]) {
    if (rows.length > 0) this.version++
    if (rows.some(({ seq }) => seq < this.highest)) this.disturbed = this.version
    for (const { id, seq } of rows) {
      this.committed.set(id, seq)
      if (seq > this.highest) this.highest = seq
    }
  }

  remove(id: string) {
    this.committed.delete(id)
    this.disturbed = ++this.version
  }
}

export const begin = async (writer: Writer) => {
  if (!writer.open) await writer.client.query('BEGIN')
  writer.open = true
}

export async function insert(writer: Writer, count: number) {
  await begin(writer)
  const { rows } = await writer.client.query<{ id: string; seq: string }>(
    `INSERT INTO revocations (kind, subject, user_id)
     SELECT 'session', gen_random_uuid(), gen_random_uuid() FROM generate_series(1, $1) RETURNING subject AS id, seq`,
    [count],
  )
  writer.rows.push(...rows.map(({ id, seq }) => ({ id, seq: BigInt(seq) })))
}

/** Adds a row by the trigger of `users`. */
export async function cause(writer: Writer) {
  await begin(writer)
  const id = randomUUID()
  await writer.client.query(
    `INSERT INTO users (id, email, email_key, password_hash) VALUES ($1::uuid, $1::text, $1::text, '')`,
    [id],
  )
  await writer.client.query('UPDATE users SET token_version = 1 WHERE id = $1', [id])
  const { rows } = await writer.client.query('SELECT seq FROM revocations WHERE subject = $1', [id])
  writer.rows.push({ id, seq: BigInt(rows[0].seq) })
}

/** Adds a row after a savepoint, so that it has its own transaction id. Rolls back to the savepoint if asked to. */
export async function nested(writer: Writer, undo: boolean, world: World) {
  await begin(writer)
  await writer.client.query('SAVEPOINT s')
  const before = writer.rows.length
  await insert(writer, 1)
  await writer.client.query(undo ? 'ROLLBACK TO SAVEPOINT s' : 'RELEASE SAVEPOINT s')
  if (undo) for (const { id } of writer.rows.splice(before)) world.undone.add(id)
}

export async function end(writer: Writer, how: 'COMMIT' | 'ROLLBACK', world: World) {
  if (!writer.open) return
  await writer.client.query(how)
  if (how === 'COMMIT') world.commit(writer.rows)
  else for (const { id } of writer.rows) world.undone.add(id)
  writer.open = false
  writer.rows = []
}
