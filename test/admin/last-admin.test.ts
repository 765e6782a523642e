/** One administrator always remains, however many of them demote each other at once. */
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { change, registerAdmin, withRoles } from '../setup/admins.ts'
import { call, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

const node = await startNode(t)
const second = await startNode(t, { databaseUrl: node.databaseUrl })
const nodes = [node, second]
const lastAdmin = { status: 409, body: { code: 'last_admin' } }
const remove = (token: string, at = node) => call(`${at.baseUrl}/auth/me`, { method: 'DELETE', token })

async function admins(): Promise<string[]> {
  const { rows } = await node.database.pool.query(
    `SELECT id FROM users WHERE 'admin' = ANY(roles) AND disabled_at IS NULL`,
  )
  return rows.map(({ id }) => String(id))
}

t.test('the last administrator cannot demote, disable or delete itself', async (t) => {
  const only = await registerAdmin(node)
  const { id } = only.user
  const disabled = await registerAdmin(node)
  await node.database.pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [disabled.user.id])
  t.match(await change(node, only, id, { roles: [] }), lastAdmin)
  t.match(await change(node, only, id, { disabled: true }), lastAdmin)
  t.match(await remove(only.access_token), lastAdmin)
  t.match(
    await change(node, only, id, { roles: ['editor', 'admin'] }),
    { status: 200 },
    'other changes of itself are allowed',
  )
  const renewed = await withRoles(node, only, ['admin'])
  t.match(await change(node, renewed, id, { email_verified: true }), { status: 200 })
  t.match(
    await change(node, renewed, disabled.user.id, { roles: [] }),
    { status: 200 },
    'a disabled administrator does not count',
  )
  t.same(await admins(), [id])

  const other = await registerAdmin(node)
  t.match(await change(node, renewed, id, { roles: [] }), { status: 200 }, 'it can if there is another administrator')
  t.same(await admins(), [other.user.id])
  await node.database.pool.query(`UPDATE users SET roles = '{}'`)
})

t.test('one of two administrators that demote or disable each other at once remains', async (t) => {
  let pair: readonly [TokenPair, TokenPair] = [await register(node.baseUrl), await register(node.baseUrl)]
  for (let round = 0; round < 12; round++) {
    const disabling = round % 6 === 5
    pair = [await withRoles(node, pair[0], ['admin']), await withRoles(node, pair[1], ['admin'])]
    const [one, two] = pair
    const wish = disabling ? { disabled: true } : { roles: [] }
    const answers = await Promise.all([change(node, one, two.user.id, wish), change(second, two, one.user.id, wish)])
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b)
    t.same(statuses, [200, 401], 'the later one is no administrator any more')
    t.equal((await admins()).length, 1)
    await node.database.pool.query(`UPDATE users SET roles = '{}'`)
    if (disabling) pair = [await register(node.baseUrl), await register(node.baseUrl)]
  }
})

t.test('one of fifty administrators that demote, disable or delete themselves at once remains', async (t) => {
  const all: TokenPair[] = []
  while (all.length < 50) all.push(...(await Promise.all(Array.from({ length: 10 }, () => registerAdmin(node)))))
  const answers = await Promise.all(
    all.map((admin, i) => {
      const at = nodes[i % 2] ?? node
      if (i % 5 === 0) return remove(admin.access_token, at)
      return change(at, admin, admin.user.id, i % 3 === 0 ? { disabled: true } : { roles: [] })
    }),
  )
  const statuses = Map.groupBy(answers, ({ status }) => status)
  const refused = answers.filter(({ body }) => body['code'] === 'last_admin').length
  // After a 503 the change may or may not have been committed.
  const mayBeLeft = new Set(all.filter((_, i) => (answers[i]?.status ?? 0) >= 400).map(({ user }) => user.id))
  t.comment([...statuses].map(([status, list]) => `${status}: ${list.length}`).join(', '))
  const turnedAway = statuses.get(503)?.length ?? 0
  t.ok(refused === 1 || turnedAway > 0, `${refused} refused`)
  t.same(
    [...statuses.keys()].filter((status) => status >= 500 && status !== 503),
    [],
  )
  const left = await admins()
  t.ok(left.length >= 1, `${left.length} left`)
  t.same(
    left.filter((id) => !mayBeLeft.has(id)),
    [],
    'every administrator with a successful answer is gone',
  )
})

t.test('grants and demotions in both directions never wait for each other', async (t) => {
  await node.database.pool.query(`UPDATE users SET roles = '{}'`)
  const [one, two, three] = [await registerAdmin(node), await registerAdmin(node), await registerAdmin(node)] as const
  const ada = await register(node.baseUrl)
  const targets = [two, ada, one, ada]
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => {
      const target = targets[i % 4] ?? ada
      return change(nodes[i % 2] ?? node, three, target.user.id, { roles: i % 8 < 4 ? ['admin'] : [] })
    }),
  )
  t.same([...new Set(answers.map(({ status }) => status))], [200])
})
