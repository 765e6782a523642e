/** The tags of an address share the budget of its mailbox, and nobody can leave the owner of a mailbox without a link. */
import t from 'tap'
import { mailboxOf, sharesOfTags } from '../../src/limits/mailbox.ts'
import { age, forgot } from '../passwords/mailbox.ts'
import { call, password, register } from '../setup/client.ts'
import { mailsTo } from '../setup/read-mails.ts'
import { pass } from '../setup/stopped-clock.ts'
import { forgetAttempts, startLimited, tally } from './place.ts'

const rates = 'requests=0,register=0,letters_address=0,letters_mailbox=5/3600'
const env = { RATE_LIMITS: rates, TRUSTED_PROXIES: '127.0.0.1' }
const open = await startLimited(t, { env })
const verified = await startLimited(t, {
  databaseUrl: open.databaseUrl,
  env: { ...env, SIGNUP: 'verified' },
})
t.beforeEach(async () => {
  await forgetAttempts(open)
  await open.database.pool.query('DELETE FROM mails')
})

const owner = '198.51.100.9'
const signUp = ({ baseUrl }: { baseUrl: string }, email: string, from = '198.51.100.1') =>
  call(`${baseUrl}/auth/register`, { body: { email, password }, from })
const mailsSent = async () => (await open.database.pool.query('SELECT FROM mails')).rowCount
const eachTag = async <T>(name: string, ask: (email: string) => Promise<T>) => {
  const answers: T[] = []
  for (let i = 0; i < 12; i++) answers.push(await ask(`${i % 2 ? name.toUpperCase() : name}+${i}@example.com`))
  return answers
}

t.test('the tag begins at the first plus sign', async (t) => {
  t.same(mailboxOf('ada+shop+1@example.com'), { mailbox: 'ada@example.com', isTagged: true })
  t.same(mailboxOf('ada@example.com'), { mailbox: 'ada@example.com', isTagged: false })
  t.same(mailboxOf('+ada@example.com'), { mailbox: '+ada@example.com', isTagged: false })
})

t.test('tags leave one mail, and those of one client leave another, where the budget has room', async (t) => {
  const shares = (count: number) => {
    const { all, client } = sharesOfTags({ count, seconds: 60 })
    return [all.count, client.count]
  }
  t.same([1, 2, 3, 5].map(shares), [
    [1, 1],
    [1, 1],
    [2, 1],
    [4, 3],
  ])
})

for (const [signup, node, status] of [
  ['open', open, 201],
  ['verified', verified, 202],
] as const) {
  t.test(`SIGNUP=${signup}: registrations with tags send mails up to the limit, and all succeed`, async (t) => {
    const answers = await eachTag(`${signup}-target`, (email) => signUp(node, email))
    t.same(tally(answers), { [status]: 12 })
    t.equal(await mailsSent(), 3)
    const tagged = `${signup}-target+shop@example.com`
    t.equal((await signUp(node, tagged, owner)).status, status)
    t.equal((await mailsTo(node, tagged)).length, 1, 'the owner of a tag gets a mail from another client')
    for (let i = 0; i < 4; i++) await signUp(node, `${signup}-target+more${i}@example.com`, `203.0.113.${i}`)
    t.equal((await signUp(node, `${signup}-target@example.com`, owner)).status, status)
    t.equal((await mailsTo(node, `${signup}-target@example.com`)).length, 1, 'the owner still gets a link')
    t.equal(await mailsSent(), 5, 'the mailbox got no more mails than its budget')
    t.equal((await signUp(node, `${signup}-other@example.com`)).status, status)
    t.equal(await mailsSent(), 6, 'and another mailbox gets a mail')
  })
}

t.test('a change of email to made-up tags leaves the owner a mail', async (t) => {
  const [stranger, ada] = [await register(open.baseUrl), await register(open.baseUrl)]
  const change = (token: string, email: string, from?: string) =>
    call(`${open.baseUrl}/auth/email/change`, { token, body: { new_email: email }, ...(from ? { from } : {}) })
  t.same(tally(await eachTag('change', (email) => change(stranger.access_token, email))), { 202: 3, 429: 9 })
  t.equal((await change(ada.access_token, 'change+shop@example.com', owner)).status, 202)
  t.equal((await change(stranger.access_token, 'change+other@example.com', '203.0.113.1')).status, 429)
  t.equal((await change(ada.access_token, 'change@example.com', owner)).status, 202)
  t.equal((await change(ada.access_token, 'change@example.com', owner)).status, 429, 'the budget is used up')
})

t.test('a user whose registration sent no mail can ask for the link', async (t) => {
  await eachTag('late', (email) => signUp(open, email))
  t.equal((await mailsTo(open, 'LATE+11@example.com')).length, 0)
  t.equal((await call(`${open.baseUrl}/auth/email/resend`, { body: { email: 'late+11@example.com' } })).status, 202)
  t.equal((await mailsTo(open, 'LATE+11@example.com')).length, 1)
})

for (const [name, ask] of [
  ['forgot', (email: string) => forgot(open, email)],
  ['resend', (email: string) => call(`${open.baseUrl}/auth/email/resend`, { body: { email } })],
] as const) {
  t.test(`${name} sends mails to the tags of a mailbox up to the limit`, async (t) => {
    await eachTag(`${name}-tags`, (email) => signUp(open, email))
    await register(open.baseUrl, `${name}-tags@example.com`)
    await open.database.pool.query('DELETE FROM mails')
    t.same(tally(await eachTag(`${name}-tags`, ask)), { 202: 12 })
    t.equal(await mailsSent(), 3)
    t.equal((await ask(`${name}-tags@example.com`)).status, 202)
    t.equal((await mailsTo(open, `${name}-tags@example.com`)).length, 1, 'the owner still gets a link')
  })
}

t.test('a stranger who uses up the budget leaves the owner a link that works, or the next mail', async (t) => {
  const { user } = await register(open.baseUrl, 'owner+shop@example.com')
  await open.database.pool.query('UPDATE users SET email_verified_at = now() WHERE id = $1', [user.id])
  const sent = async () => (await mailsTo(open, user.email)).filter(({ kind }) => kind === 'password_reset').length
  for (let i = 0; i < 8; i++) {
    await age(open, user.id, 900)
    await forgot(open, user.email)
  }
  t.equal(await sent(), 5)
  await pass(open.databaseUrl, 900)
  await age(open, user.id, 900)
  await forgot(open, user.email)
  t.equal(await sent(), 6, 'a verified address gets a link when the last one is over')
  await age(open, user.id, 61)
  await forgot(open, user.email)
  t.equal(await sent(), 6)
})
