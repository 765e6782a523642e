/** Statements that take longer than a node of the server allows. */
import pg from 'pg'

/** Runs a statement over a new connection without time limits. */
export async function runWithoutTimeout(url: string, text: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text, values)
  } finally {
    await client.end()
  }
}
