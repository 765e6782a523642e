/** SIGNUP: who may open an account, and that responses do not tell who has one. */
import t from 'tap'
import { call, password, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { linkTo, mailsTo } from '../setup/read-mails.ts'
import { seen } from '../setup/stopwatch.ts'

const node = await startNode(t, { env: { SIGNUP: 'verified' } })
const { databaseUrl } = node
const at = (path: string) => `${node.baseUrl}${path}`
const signUp = (email: string, given = password) => call(at('/auth/register'), { body: { email, password: given } })
const login = (email: string, given = password) => call(at('/auth/login'), { body: { email, password: given } })
const prove = async (email: string) =>
  call(at('/auth/email/verify'), { body: { token: await linkTo(node, email), password } })

t.test('verified: nobody can log in before the address is verified', async (t) => {
  t.match(await signUp('ada@example.com'), { status: 202, body: { status: 'accepted' } })
  const { rowCount } = await node.database.pool.query('SELECT FROM sessions')
  t.equal(rowCount, 0, 'no session')
  t.match(await login('ada@example.com'), { status: 401, body: { code: 'invalid_credentials' } })
  t.equal((await prove('ada@example.com')).status, 204)
  t.match(await login('ada@example.com'), { status: 200, body: { user: { email_verified: true } } })
})

t.test('verified: a known, a pending and an unknown address each get a mail that fits', async (t) => {
  await signUp('known@example.com')
  await prove('known@example.com')
  await signUp('pending@example.com')
  for (const name of ['KNOWN', 'Pending', 'unknown']) await signUp(`${name}@example.com`, 'another fine password')
  t.match(await mailsTo(node, 'known@example.com'), [{ kind: 'already_registered' }, { kind: 'registration' }])
  t.same(await mailsTo(node, 'KNOWN@example.com'), [], 'at the address they gave, not as somebody else typed it')
  t.match(await mailsTo(node, 'pending@example.com'), [{ kind: 'registration' }])
  t.match(await mailsTo(node, 'Pending@example.com'), [{ kind: 'registration' }])
  t.match(await mailsTo(node, 'unknown@example.com'), [{ kind: 'registration' }])
  t.equal((await login('known@example.com')).status, 200, 'whose password is what it was')
  t.equal((await login('known@example.com', 'another fine password')).status, 401)
})

t.test('verified: no later request of a stranger tells who has an account', async (t) => {
  await signUp('has@example.com')
  await prove('has@example.com')
  await signUp('waits@example.com')
  await register((await startNode(t, { databaseUrl })).baseUrl, 'unproven@example.com')
  const chosen = 'the password of a stranger'
  const ask = async (path: string, email: string, more: object = {}) =>
    seen(await call(at(`/auth/${path}`), { body: { email, ...more } }))
  const tries = async (email: string) => [
    await ask('register', email, { password: chosen }),
    await ask('login', email, { password: chosen }),
    await ask('login', email, { password: 'yet another one' }),
    await ask('register', email, { password: chosen, name: 'Again' }),
    await ask('login', email, { password: chosen }),
    await ask('email/resend', email),
    await ask('password/forgot', email),
    await ask('login', email, { password: chosen }),
  ]
  const nobody = await tries('nobody@example.com')
  t.same(
    nobody.map(({ status }) => status),
    [202, 401, 401, 202, 401, 202, 202, 401],
  )
  for (const name of ['has', 'waits', 'unproven']) t.strictSame(await tries(`${name}@example.com`), nobody, name)
})

t.test('verified: four registrations at once get the same response, and each address gets its mail', async (t) => {
  const answers = await Promise.all(Array.from({ length: 4 }, () => signUp('race@example.com')))
  t.same(new Set(answers.map((answer) => JSON.stringify(seen(answer)))).size, 1)
  const accounts = await node.database.pool.query(`SELECT FROM users WHERE email_key = 'race@example.com'`)
  t.equal(accounts.rowCount, 0)
  t.equal((await mailsTo(node, 'race@example.com')).length, 4)
})

t.test('verified: in cookie mode no cookie is set', async (t) => {
  const listed = await startNode(t, {
    databaseUrl,
    env: { SIGNUP: 'verified', SPA_ORIGINS: 'https://app.example.test' },
  })
  const headers = { 'content-type': 'application/json', 'x-auth-mode': 'cookie', origin: 'https://app.example.test' }
  const body = JSON.stringify({ email: 'cookie@example.com', password })
  const response = await fetch(`${listed.baseUrl}/auth/register`, { method: 'POST', headers, body })
  t.equal(response.status, 202)
  t.same(response.headers.getSetCookie(), [])
})

t.test('open: a login does not need a verified address', async (t) => {
  const open = await startNode(t, { databaseUrl })
  const pair = await register(open.baseUrl, 'open@example.com')
  t.equal(pair.user.email_verified, false)
  const body = { email: 'open@example.com', password }
  t.equal((await call(`${open.baseUrl}/auth/login`, { body })).status, 200)
  t.match((await mailsTo(open, 'open@example.com'))[0], { kind: 'email_verification' })
})

t.test('closed: nobody can register, and the response does not tell who has an account', async (t) => {
  const closed = await startNode(t, { databaseUrl, env: { SIGNUP: 'closed' } })
  const attempt = async (email: string) => {
    const { status, body } = await call(`${closed.baseUrl}/auth/register`, { body: { email, password } })
    return { status, body: { ...body, request_id: '' } }
  }
  const known = await attempt('ada@example.com')
  t.match(known, { status: 403, body: { code: 'signup_closed' } })
  t.strictSame(known, await attempt('new@example.com'))
  const body = { email: 'ada@example.com', password }
  t.equal((await call(`${closed.baseUrl}/auth/login`, { body })).status, 200, 'those who have one log in')
})
