/** The SQL tag: composition, numbering, and that no value becomes part of the text. */
import fc from 'fast-check'
import t from 'tap'
import { type Fragment, type Params, sql, statement, toQuery } from '../../src/database/sql.ts'
import { connect, createDatabase } from '../setup/database.ts'

t.test('one placeholder is one parameter, however often it is used', async (t) => {
  const find = statement(
    'find',
    (p: Params<{ id: string; at: Date }>) => sql`a = ${p.id} AND b = ${p.at} OR c = ${p.id}`,
  )
  const at = new Date(0)
  t.same(find({ at, id: 'x' }), { name: 'find', text: 'a = $1 AND b = $2 OR c = $1', values: ['x', at] })
})

t.test('fragments compose, and share the placeholders of the statement', async (t) => {
  const isHead = (p: Pick<Params<{ hash: Buffer }>, 'hash'>) => sql`head = ${p.hash}`
  const isLive = sql`revoked_at IS NULL`
  const rotate = statement(
    'rotate',
    (p: Params<{ id: string; hash: Buffer }>) =>
      sql`WHERE id = ${p.id} AND ${isHead(p)} AND NOT (${isHead(p)}) AND ${isLive}`,
  )
  t.equal(
    rotate({ id: '1', hash: Buffer.of(1) }).text,
    'WHERE id = $1 AND head = $2 AND NOT (head = $2) AND revoked_at IS NULL',
  )
})

t.test('each call has its own values', async (t) => {
  const own = statement('own', (p: Params<{ id: string }>) => sql`${p.id}`)
  const first = own({ id: 'a' })
  first.values.push('planted')
  t.same(own({ id: 'b' }).values, ['b'])
})

t.test('conditions are joined, and none are an empty fragment', async (t) => {
  const conditions: Fragment[] = [sql`a = ${1}`, sql`b = ${'two'}`]
  t.same(toQuery(sql`WHERE ${sql.join(conditions, sql` AND `)}`), {
    text: 'WHERE a = $1 AND b = $2',
    values: [1, 'two'],
  })
  t.same(toQuery(sql`x${sql.join([], sql` AND `)}y`), { text: 'xy', values: [] })
})

t.test('two statements of one name are refused', async (t) => {
  statement('twice', () => sql`SELECT 1`)
  t.throws(() => statement('twice', () => sql`SELECT 2`), { message: 'there are two statements called twice' })
})

t.test('a value in a statement is refused, and so is a placeholder outside of one', async (t) => {
  t.throws(() => statement('with-value', () => sql`SELECT ${'x'}`), { message: /no parameter/ })
  let leaked: unknown
  statement('leaking', (p: Params<{ id: string }>) => {
    leaked = p.id
    return sql`${p.id}`
  })
  t.throws(() => toQuery(sql`SELECT ${leaked}`), { message: /belongs into a statement/ })
})

t.test('a string is always a value', async (t) => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (first, second) => {
      const { text, values } = toQuery(sql`SELECT ${first}::text, ${sql`lower(${second})`}`)
      t.equal(text, 'SELECT $1::text, lower($2)')
      t.strictSame(values, [first, second])
    }),
  )
})

t.test('an object that looks like a fragment is a value', async (t) => {
  const inJson: unknown[] = [
    { parts: ['1; DROP TABLE users'] },
    { strings: ['1; DROP TABLE users'], values: [] },
    { text: '1; DROP TABLE users', values: [] },
    { key: 'id' },
    ['1; DROP TABLE users'],
  ]
  for (const planted of inJson) {
    const { text, values } = toQuery(sql`SELECT ${planted}`)
    t.equal(text, 'SELECT $1')
    t.strictSame(values, [planted])
  }
})

t.test('Postgres gets hostile values back unchanged, by a prepared statement', async (t) => {
  const { url, drop } = await createDatabase()
  const database = connect(url)
  t.teardown(async () => {
    await database.close()
    await drop()
  })
  const echo = statement(
    'echo',
    (p: Params<{ value: string }>) => sql`SELECT ${p.value}::text AS value, ${p.value} || '!' AS twice`,
  )
  const client = await database.pool.connect()
  for (const value of [`'; DROP TABLE users; --`, '$1', '$2', '\\', '"', '${p.value}', '🙂', '']) {
    const { rows } = await client.query(echo({ value }))
    t.strictSame(rows, [{ value, twice: `${value}!` }])
  }
  const { rows } = await client.query(`SELECT name FROM pg_prepared_statements WHERE name = 'echo'`)
  t.equal(rows.length, 1)
  client.release()
})
