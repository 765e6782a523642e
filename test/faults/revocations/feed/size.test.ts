/** A service loads fifty thousand live revocations. */
import pg from 'pg'
import t from 'tap'
import { ask, catchUp, claimsOf, createOpen, startFeedNode } from '../../../revocations/feed/follow.ts'

t.setTimeout(290_000)
const rows = 50_000
const node = await startFeedNode(t)
const open = await createOpen(node)
const insert = `INSERT INTO revocations (kind, subject, user_id)
  SELECT 'session', gen_random_uuid(), gen_random_uuid() FROM generate_series(1, $1) RETURNING subject`

t.test('a service loads them in pages, and gets those that are committed meanwhile', async (t) => {
  const late = new pg.Client({ connectionString: node.databaseUrl })
  await late.connect()
  t.teardown(() => late.end())
  await late.query('BEGIN')
  const [{ subject: held }] = (await late.query(insert, [1])).rows
  const expected = new Set<string>()
  for (const { subject } of (await node.database.pool.query(insert, [rows])).rows) expected.add(subject)

  const from = performance.now()
  const [told, pages] = [new Set<string>(), [] as number[]]
  let bytes = 0
  let entries = 0
  let largest = 0
  let after: string | undefined
  for (let more = true; more || !after?.startsWith('t'); ) {
    const response = await ask(node, after === undefined ? '' : `?after=${after}`)
    const text = await response.text()
    bytes += text.length
    largest = Math.max(largest, text.length)
    const document = open(text)
    pages.push(document.revocations.length)
    entries += document.revocations.length
    for (const { id } of document.revocations) told.add(id)
    ;({ next: after, more } = document)
    if (pages.length === 3) await late.query('COMMIT')
  }
  const ms = Math.round(performance.now() - from)
  t.notOk(told.has(held), 'the late row has a lower sequence number than the pages')
  t.equal(told.size, rows)
  t.equal(entries, rows, 'each entry comes once')
  t.equal(pages.length, Math.ceil(rows / 5000) + 1)

  // The tail has the late row, and repeats the rows since the late transaction began.
  let again = 0
  for (let more = true; more; ) {
    const document = claimsOf(await (await ask(node, `?after=${after}`)).text())
    again += document.revocations.length
    for (const { id } of document.revocations) told.add(id)
    ;({ next: after, more } = document)
  }
  t.same(told, new Set([...expected, held]))
  t.same(claimsOf(await (await ask(node, `?after=${after}`)).text()).revocations, [])
  t.comment(
    `${rows} revocations: ${pages.length} answers, ${ms} ms, ${(bytes / 1e6).toFixed(1)} MB, the largest ` +
      `${Math.round(largest / 1000)} kB; ${again} entries came again because of one late commit`,
  )
})

t.test('a service that was up to date gets 250,000 new revocations in pages', async (t) => {
  const { next } = await catchUp(node)
  const many = 250_000
  const client = new pg.Client({ connectionString: node.databaseUrl })
  await client.connect()
  const ended = (await client.query(insert, [many])).rows as { subject: string }[]
  await client.end()
  const from = performance.now()
  const { told } = await catchUp(node, next)
  const ms = Math.round(performance.now() - from)
  const ids = new Set(told.map(({ id }) => id))
  t.ok(ended.every(({ subject }) => ids.has(subject)))
  t.comment(`${many} at once: read in ${ms} ms`)
})
