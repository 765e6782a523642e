/** The export comes in pages, asks for a recent login, and runs once at a time for each user. */
import t from 'tap'
import type { AccountExport } from '../../src/privacy/export-wire.ts'
import { auditRows } from '../setup/admins.ts'
import { call, password, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { withOldLogin } from '../setup/sessions.ts'
import { whileHeld } from '../setup/waiting.ts'

const node = await startNode(t)
const sql = async (text: string, values: unknown[] = []) => (await node.database.pool.query(text, values)).rows
const ask = (token: string, query = '') => call<AccountExport>(`${node.baseUrl}/auth/me/export${query}`, { token })
const exportsOf = (userId: string) => auditRows(node, `type = 'account_exported' AND actor_id = $1`, [userId])

const lists = ['sessions', 'links', 'letters', 'events'] as const
/** Reads all pages of this size. */
async function readPages(token: string, limit: number) {
  const pages: AccountExport[] = []
  for (let cursor = ''; ; cursor = `&cursor=${pages.at(-1)?.next_cursor}`) {
    const { status, body } = await ask(token, `?limit=${limit}${cursor}`)
    if (status !== 200 || pages.length > 100) throw new Error(`page ${pages.length} is ${JSON.stringify(body)}`)
    pages.push(body)
    if (body.next_cursor === null) return pages
  }
}

t.test('pages of any size hold every row once, in the same order as one page', async (t) => {
  const ada = await register(node.baseUrl, 'many@example.com')
  for (let i = 0; i < 4; i++) await call(`${node.baseUrl}/auth/login`, { body: { email: ada.user.email, password } })
  // Rows of one moment are told apart by their ids.
  await sql(
    `INSERT INTO audit_events (type, subject_id, at) SELECT 'login_refused', $1, date_trunc('second', now()) FROM generate_series(1, 5)`,
    [ada.user.id],
  )
  await ask(ada.access_token)
  const { body: whole } = await ask(ada.access_token)
  t.equal(whole.next_cursor, null)
  const all = lists.reduce((sum, list) => sum + whole[list].length, 0)
  t.ok(whole.sessions.length === 5 && whole.links.length === 1 && whole.events.length > 10)
  for (const limit of [1, 2, 3, 5, 7, all + 1]) {
    const pages = await readPages(ada.access_token, limit)
    for (const page of pages) {
      t.ok(lists.reduce((sum, list) => sum + page[list].length, 0) <= limit, `at most ${limit} rows`)
      t.equal(page.account.id, ada.user.id)
    }
    for (const list of lists) {
      // Each first page is an event of its own.
      const known = (row: object) => !('type' in row && row.type === 'account_exported')
      t.same(
        pages.flatMap((page): object[] => page[list]).filter(known),
        whole[list].filter(known),
        `${list} by ${limit}`,
      )
    }
  }
})

t.test('an export of several pages is one event, and a page alone is one too', async (t) => {
  const ada = await register(node.baseUrl)
  const pages = await readPages(ada.access_token, 1)
  t.ok(pages.length > 2)
  t.equal((await exportsOf(ada.user.id)).length, 1)
  const cursor = `?cursor=${pages[0]?.next_cursor}`
  await sql(
    `UPDATE audit_events SET at = now() - interval '2 hours' WHERE type = 'account_exported' AND actor_id = $1`,
    [ada.user.id],
  )
  t.equal((await ask(ada.access_token, cursor)).status, 200)
  t.equal((await exportsOf(ada.user.id)).length, 2, 'hours later')
  const { body: other } = await call(`${node.baseUrl}/auth/login`, { body: { email: ada.user.email, password } })
  t.equal((await ask(String(other['access_token']), cursor)).status, 200)
  t.equal((await exportsOf(ada.user.id)).length, 3, 'in another session')
})

t.test('the export asks for a recent login', async (t) => {
  const old = await withOldLogin(node, await register(node.baseUrl))
  t.match(await ask(old.access_token), { status: 401, body: { code: 'reauthentication_required' } })
  t.same(await exportsOf(old.user.id), [])
})

t.test('while an export runs, another one of the same user is refused at once, on every node', async (t) => {
  const [ada, bob] = [await register(node.baseUrl), await register(node.baseUrl)]
  const other = await startNode(t, { databaseUrl: node.databaseUrl })
  let second: Awaited<ReturnType<typeof ask>> | undefined
  const first = await whileHeld(
    node,
    (query) => query('SELECT FROM users WHERE id = $1 FOR UPDATE', [ada.user.id]),
    () => ask(ada.access_token),
    async () => {
      second = await call(`${other.baseUrl}/auth/me/export`, { token: ada.access_token })
      t.equal((await ask(bob.access_token)).status, 200, 'another user is served')
    },
  )
  t.match(second, { status: 409, body: { code: 'export_running', retryable: true } })
  t.equal(first.status, 200)
  t.equal((await ask(ada.access_token)).status, 200, 'and the next one runs when the first has ended')
})

t.test('an invented cursor is refused, and shows nothing of others', async (t) => {
  const [ada, bob] = [await register(node.baseUrl), await register(node.baseUrl)]
  const encode = (place: unknown, list = 'export') => Buffer.from(JSON.stringify({ list, place })).toString('base64url')
  const at = Date.now()
  const wrong = [
    { part: 'users' },
    { part: 'events', after: { at, id: bob.user.id } },
    { part: 'sessions', after: { at, id: '7' } },
    { part: 'sessions', after: { at: -1, id: bob.user.id } },
    { part: 'events', after: { at, id: '9'.repeat(19) } },
  ]
  for (const cursor of [...wrong.map((place) => encode(place)), encode({ part: 'events' }, 'audit'), 'x']) {
    t.match(await ask(ada.access_token, `?cursor=${cursor}`), { status: 400, body: { code: 'invalid_request' } })
  }
  const { body } = await ask(
    ada.access_token,
    `?cursor=${encode({ part: 'sessions', after: { at, id: bob.session_id } })}`,
  )
  t.notOk(JSON.stringify(body).includes(bob.session_id))
  for (const limit of ['0', '1001', 'x']) t.equal((await ask(ada.access_token, `?limit=${limit}`)).status, 400)
})
