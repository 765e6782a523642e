/** SIGNUP=verified: an account exists only after its address is verified, with the password that was entered with the link. */
import t from 'tap'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { type Answer, call, refresh, register } from '../setup/client.ts'
import { connect, createDatabase } from '../setup/database.ts'
import { startNode } from '../setup/node.ts'
import { linkTo, mailsTo } from '../setup/read-mails.ts'

const mine = 'the password of the owner'
const theirs = 'the password of a stranger'
const node = await startNode(t, { env: { SIGNUP: 'verified' } })
const { databaseUrl } = node
const open = await startNode(t, { databaseUrl })
const post = (path: string, body: unknown, at = node) => call(`${at.baseUrl}/auth/${path}`, { body })
const login = async (email: string, password: string) => (await post('login', { email, password })).status
const verify = (token: string, password = mine, at = node) => post('email/verify', { token, password }, at)
const sql = async (text: string, values: unknown[] = []) => (await node.database.pool.query(text, values)).rows
const usersOf = (email: string) => sql('SELECT * FROM users WHERE email_key = $1', [email])
const linksOf = (email: string) => sql('SELECT * FROM one_time_tokens WHERE email_key = $1', [email])

/** Registers, and returns the token of the link that came by mail. */
async function signUp(email: string, password: string, name?: string): Promise<string> {
  const { status } = await post('register', { email, password, ...(name === undefined ? {} : { name }) })
  if (status !== 202) throw new Error(`${status}`)
  return linkTo(node, email)
}

const done = { status: 204 }
const refused = { status: 400, body: { code: 'invalid_one_time_token' } }
const taken = { status: 409, body: { code: 'email_taken' } }

t.test('before the link is opened there is no account and no login; afterwards there is one', async (t) => {
  const link = await signUp('ada@example.com', mine, 'Ada Lovelace')
  t.same(await usersOf('ada@example.com'), [])
  t.match(await post('login', { email: 'ada@example.com', password: mine }), {
    status: 401,
    body: { code: 'invalid_credentials', detail: /not verified yet/ },
  })
  t.match(await verify(link), done)
  t.equal(await login('ada@example.com', mine), 200)
  const [ada] = await usersOf('ada@example.com')
  t.match(ada, { email: 'ada@example.com', name: 'Ada Lovelace', email_verified_at: Date })
  t.match(await sql('SELECT type, actor_id, subject_id, detail FROM audit_events ORDER BY id LIMIT 4'), [
    { type: 'email_verification_requested', actor_id: null, subject_id: null, detail: { registration: true } },
    { type: 'login_failed', actor_id: null, subject_id: null },
    { type: 'account_registered', actor_id: ada.id, subject_id: ada.id },
    { type: 'email_verified', actor_id: ada.id, subject_id: ada.id },
  ])
  t.match(await verify(link), refused, 'once')
})

/** The other answers, except those of a link that is used up and of a queue of hashes that is full. */
const othersThan = (won: unknown, answers: readonly Answer<Record<string, unknown>>[]) =>
  answers.filter(
    (answer) => answer !== won && !['invalid_one_time_token', 'overloaded'].includes(String(answer.body['code'])),
  )

t.test('20 links for one address, opened at once: one opens the account', async (t) => {
  const email = 'twenty@example.com'
  const passwords = Array.from({ length: 20 }, (_, i) => `the sentence number ${i}`)
  const links: string[] = []
  for (const password of passwords) links.push(await signUp(email, password))
  const answers = await Promise.all(links.map((link, i) => verify(link, passwords[i], i % 2 ? node : open)))
  const won = answers.findIndex(({ status }) => status === 204)
  t.same(othersThan(answers[won], answers), [])
  t.equal((await usersOf(email)).length, 1)
  t.same(await linksOf(email), [])
  const let_in: number[] = []
  for (const password of passwords) let_in.push(await login(email, password))
  t.same(
    let_in.flatMap((status, i) => (status === 200 ? [i] : [])),
    [won],
  )
})

t.test('20 requests with one link at once: one succeeds', async (t) => {
  const link = await signUp('once@example.com', mine)
  const answers = await Promise.all(Array.from({ length: 20 }, () => verify(link)))
  const won = answers.find(({ status }) => status === 204)
  t.same(othersThan(won, answers), [])
})

t.test('an expired link opens no account and does not block a new registration', async (t) => {
  const old = await signUp('late@example.com', theirs)
  await sql(`UPDATE one_time_tokens SET expires_at = now() WHERE email_key = 'late@example.com'`)
  t.match(await verify(old), refused)
  t.same(await usersOf('late@example.com'), [])
  t.match(await verify(await signUp('late@example.com', mine)), done)
  t.equal(await login('late@example.com', mine), 200)
})

t.test(
  'each spelling of an address gets its own mail, and the account keeps the spelling whose link was opened',
  async (t) => {
    const first = await signUp('Spelt@example.com', theirs)
    t.match(await verify(await signUp('SPELT@example.com', mine)), done)
    t.match(await usersOf('spelt@example.com'), [{ email: 'SPELT@example.com' }])
    t.match(await verify(first), refused)
  },
)

t.test('a link does not change an account that was opened in another way', async (t) => {
  const link = await signUp('meanwhile@example.com', theirs)
  const { access_token: token } = await register(open.baseUrl, 'meanwhile@example.com')
  const before = await usersOf('meanwhile@example.com')
  t.match(await verify(link, theirs), taken, 'one that was opened since, proven or not')
  await sql(`UPDATE users SET email_verified_at = now() WHERE email_key = 'meanwhile@example.com'`)
  t.match(await verify(link, theirs), taken)
  t.equal((await call(`${node.baseUrl}/auth/me`, { token })).status, 200)
  t.equal((await usersOf('meanwhile@example.com'))[0].password_hash, before[0].password_hash)
})

t.test('a link does not enable a disabled account', async (t) => {
  await register(open.baseUrl, 'disabled@example.com')
  const link = await signUp('disabled@example.com', mine)
  await sql(`UPDATE users SET disabled_at = now() WHERE email_key = 'disabled@example.com'`)
  t.match(await verify(link), taken)
  await post('register', { email: 'disabled@example.com', password: mine })
  t.match((await mailsTo(node, 'disabled@example.com'))[0], { kind: 'already_registered' })
})

t.test('resend sends no link, because a registration sends one', async (t) => {
  await signUp('pending@example.com', theirs)
  await register(open.baseUrl, 'unproven@example.com')
  for (const email of ['pending@example.com', 'unproven@example.com']) {
    t.equal((await post('email/resend', { email })).status, 202)
    t.equal((await mailsTo(node, email)).length, 1)
  }
  t.equal((await post('email/resend', { email: 'unproven@example.com' }, open)).status, 202)
  t.equal((await mailsTo(node, 'unproven@example.com')).length, 2, 'with open sign-up there is one account only')
})

t.test('after a change of SIGNUP, earlier links work unless sign-up is closed', async (t) => {
  const closed = await startNode(t, { databaseUrl, env: { SIGNUP: 'closed' } })
  const link = await signUp('mode@example.com', mine)
  t.match(await verify(link, mine, closed), { status: 403, body: { code: 'signup_closed' } })
  t.match(await verify('A'.repeat(43), mine, closed), refused)
  t.same(await usersOf('mode@example.com'), [])
  t.match(await verify(link, mine, open), done)
  t.equal(await login('mode@example.com', mine), 200)
})

t.test('a new account can log in, refresh, and has a verified address', async (t) => {
  await verify(await signUp('whole@example.com', mine))
  const { body } = await post('login', { email: 'whole@example.com', password: mine })
  t.match(body, { user: { email_verified: true, name: null, roles: [] } })
  t.equal((await refresh(node.baseUrl, String(body['refresh_token']))).status, 200)
})

t.test('registrations have a table of their own, apart from accounts', async (t) => {
  // A new database, so that the migrations of this checkout count.
  const { url, drop } = await createDatabase({ migrated: false })
  await migrate(url)
  const database = connect(url)
  const { pool } = database
  t.teardown(async () => {
    await database.close()
    await drop()
  })
  const { rows } = await pool.query(`INSERT INTO users (id, email, email_key, password_hash)
    VALUES (gen_random_uuid(), 'a@example.com', 'a@example.com', 'x') RETURNING id`)
  const columns = 'id, purpose, hash, email, expires_at, user_id, email_key, name, password_hash'
  const insert = (...row: readonly (string | null)[]) =>
    pool.query(
      `INSERT INTO one_time_tokens (${columns})
       VALUES (gen_random_uuid(), $1, sha256(random()::text::bytea), 'a@example.com', now(), $2, $3, $4, $5)`,
      [...row],
    )
  const userId = rows[0].id
  await insert('registration', null, 'a@example.com', 'Ada', 'x')
  await insert('password_reset', userId, null, null, null)
  const wrong = [
    ['registration', userId, 'a@example.com', null, 'x'],
    ['registration', null, null, null, 'x'],
    ['password_reset', null, null, null, null],
    ['email_change', userId, 'a@example.com', null, null],
    ['email_change', userId, null, 'Ada', null],
    ['email_change', userId, null, null, 'x'],
  ] as const
  for (const row of wrong) await t.rejects(insert(...row), /columns_of_purpose/, row.join())
})
