import t from 'tap'
import { call, password, register } from '../setup/client.ts'
import { duringNextCompare } from '../setup/hashing.ts'
import { startNode } from '../setup/node.ts'

const node = await startNode(t)
const at = (path: string) => `${node.baseUrl}${path}`

t.test('register opens an account and logs in', async (t) => {
  const body = { email: ' Ada@Example.com ', password, name: 'Ada' }
  const answer = await call(at('/auth/register'), { body })
  t.equal(answer.status, 201)
  t.match(answer.body, {
    status: 'signed_in',
    mode: 'bearer',
    access_token: /^eyJ/,
    token_type: 'Bearer',
    expires_in: 600,
    refresh_token: /^cs1\./,
    refresh_expires_in: 30 * 86_400,
    session_id: /^[0-9a-f-]{36}$/,
    user: { email: 'Ada@Example.com', name: 'Ada', roles: [] },
  })
  t.ok(String(answer.body['access_token']).length <= 1024)
})

t.test('an address is taken in every case and Unicode form', async (t) => {
  await register(node.baseUrl, 'j\u00f6rg@m\u00fcller.de')
  for (const email of ['J\u00d6RG@M\u00dcLLER.DE', 'jo\u0308rg@xn--mller-kva.de']) {
    const answer = await call(at('/auth/register'), { body: { email, password } })
    t.match(answer, { status: 409, body: { code: 'email_taken' } }, email)
    t.equal((await call(at('/auth/login'), { body: { email, password } })).status, 200, `log in as ${email}`)
  }
})

t.test('four registrations of one address at once: one succeeds and the others get a conflict', async (t) => {
  const body = { email: 'race@example.com', password }
  const answers = await Promise.all(Array.from({ length: 4 }, () => call(at('/auth/register'), { body })))
  t.same(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [201, ...Array(3).fill(409)],
  )
  const { rows } = await node.database.pool.query(`SELECT FROM users WHERE email_key = 'race@example.com'`)
  t.equal(rows.length, 1)
})

t.test('a body cannot set a role, an id or a date', async (t) => {
  for (const extra of [{ roles: ['admin'] }, { id: 'x' }, { token_version: 9 }, { created_at: '2000-01-01' }]) {
    const body = { email: 'mallory@example.com', password, ...extra }
    t.match(await call(at('/auth/register'), { body }), { status: 400, body: { code: 'invalid_request' } })
  }
})

t.test('a short password, counted in characters, is refused, and the error names the member', async (t) => {
  const strict = await startNode(t, { env: { PASSWORD_MIN_LENGTH: '15' } })
  const attempt = (url: string, given: string) =>
    call(`${url}/auth/register`, { body: { email: `${given.length}@example.com`, password: given } })
  t.match(await attempt(node.baseUrl, 'seven77'), { status: 400, body: { errors: [{ path: '/password' }] } })
  t.match(await attempt(strict.baseUrl, 'fourteen chars'), { status: 400, body: { errors: [{ path: '/password' }] } })
  t.equal((await attempt(strict.baseUrl, 'fifteen charact')).status, 201)
  t.match(await attempt(node.baseUrl, '😀😀😀😀'), { status: 400 }, 'four emoji are four characters')
  t.match(await attempt(node.baseUrl, 'x'.repeat(257)), { status: 400 })
})

t.test('an unknown email and a wrong password read the same', async (t) => {
  await register(node.baseUrl, 'known@example.com')
  const attempt = async (email: string) => {
    const { status, body, headers } = await call(at('/auth/login'), { body: { email, password: 'not the password' } })
    const { request_id: _, ...told } = body
    const same = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name))
    return { status, told, same }
  }
  const known = await attempt('known@example.com')
  t.match(known, { status: 401, told: { code: 'invalid_credentials' } })
  t.strictSame(known, await attempt('unknown@example.com'))
})

t.test('a disabled user is told so after the right password', async (t) => {
  const { user } = await register(node.baseUrl, 'gone@example.com')
  await node.database.pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user.id])
  const attempt = (given: string) => call(at('/auth/login'), { body: { email: user.email, password: given } })
  t.match(await attempt(password), { status: 403, body: { code: 'account_disabled' } })
  t.match(await attempt('not the password'), { status: 401, body: { code: 'invalid_credentials' } })
})

t.test('a login renews an older hash, and the password still works', async (t) => {
  await register(node.baseUrl, 'old-hash@example.com')
  const newer = await startNode(t, { databaseUrl: node.databaseUrl, env: { BCRYPT_COST: '10' } })
  const sql = `SELECT password_hash FROM users WHERE email_key = 'old-hash@example.com'`
  const stored = async () => String((await node.database.pool.query(sql)).rows[0].password_hash)
  t.match(await stored(), /:\$2b\$04\$/)
  for (const expected of [/:\$2b\$10\$/, /:\$2b\$10\$/]) {
    const body = { email: 'old-hash@example.com', password }
    t.equal((await call(`${newer.baseUrl}/auth/login`, { body })).status, 200)
    t.match(await stored(), expected)
  }
})

t.test('a password that is changed while it is checked starts no session', async (t) => {
  const { user } = await register(node.baseUrl, 'changing@example.com')
  const another = { email: 'neighbour@example.com', password: 'quite another sentence' }
  await call(at('/auth/register'), { body: another })
  const theirs = '(SELECT password_hash FROM users WHERE email_key = $2)'
  const change = `UPDATE users SET password_hash = ${theirs} WHERE id = $1`
  duringNextCompare(t, () => node.database.pool.query(change, [user.id, another.email]))
  t.match(await call(at('/auth/login'), { body: { email: user.email, password } }), {
    status: 401,
    body: { code: 'invalid_credentials' },
  })
})

t.test('users read and change their name, and nothing else', async (t) => {
  const { access_token: token, user } = await register(node.baseUrl, 'me@example.com')
  t.match(await call(at('/auth/me'), { token }), { status: 200, body: user })
  const patch = (body: unknown) => call(at('/auth/me'), { token, method: 'PATCH', body })
  t.match(await patch({ name: 'Neue' }), { status: 200, body: { id: user.id, name: 'Neue' } })
  t.match(await patch({ name: null }), { status: 200, body: { name: null } })
  t.equal((await patch({ name: 'x', roles: ['admin'] })).status, 400)
  t.equal((await patch({ name: 'a\u0000b' })).status, 400)
  t.equal((await call(at('/auth/me'))).status, 401)
})
