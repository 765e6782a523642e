/** A client cannot make the server fill a mailbox, and the responses do not tell whether the email has an account. */
import t from 'tap'
import { age, forgot } from '../passwords/mailbox.ts'
import { call, password, register } from '../setup/client.ts'
import { mailsTo } from '../setup/read-mails.ts'
import { forgetAttempts, limitHeaders, startLimited, tally } from './place.ts'

const rates = 'requests=0,letters_mailbox=3/600'
const open = await startLimited(t, { env: { RATE_LIMITS: rates } })
const verified = await startLimited(t, {
  databaseUrl: open.databaseUrl,
  env: { RATE_LIMITS: rates, SIGNUP: 'verified' },
})
const strict = await startLimited(t, {
  databaseUrl: open.databaseUrl,
  env: { RATE_LIMITS: 'requests=0,letters_address=3/600,register=3/600' },
})
t.beforeEach(() => forgetAttempts(open))

type Ask = (email: string) => Promise<{ status: number; headers: Headers; body: unknown }>
const resend: Ask = (email) => call(`${open.baseUrl}/auth/email/resend`, { body: { email } })
const registerAgain: Ask = (email) => call(`${verified.baseUrl}/auth/register`, { body: { email, password } })
const times = async (count: number, ask: () => ReturnType<Ask>) => {
  const answers = []
  for (let i = 0; i < count; i++) answers.push(await ask())
  return answers
}

for (const [name, ask] of [
  ['resending a verification link', resend],
  ['registering an email that has an account', registerAgain],
] as const) {
  t.test(`${name} sends up to the limit, and answers the same beyond it`, async (t) => {
    const { email } = (await register(open.baseUrl)).user
    await forgetAttempts(open)
    const before = (await mailsTo(open, email)).length
    const known = await times(5, () => ask(email))
    t.same(tally(known), { 202: 5 })
    t.equal((await mailsTo(open, email)).length - before, 3)
    const unknown = await times(5, () => ask('nobody@example.com'))
    t.same(tally(unknown), { 202: 5 })
    const shapeOf = (body: unknown) =>
      Object.entries(body ?? {}).map(([member, value]) => [member, String(value).length])
    t.same(shapeOf(unknown[4]?.body), shapeOf(known[4]?.body))
    t.same(limitHeaders(unknown[4] ?? fail()), limitHeaders(known[4] ?? fail()))
  })
}

t.test('earlier attempts without an account do not keep the first mail from a new account', async (t) => {
  await times(5, () => resend('soon@example.com'))
  t.equal((await registerAgain('soon@example.com')).status, 202)
  t.equal((await mailsTo(open, 'soon@example.com')).length, 1)
})

t.test('each kind of mail has its own budget', async (t) => {
  const { id, email } = (await register(open.baseUrl)).user
  await times(5, () => resend(email))
  await forgot(open, email)
  await age(open, id, 61)
  t.equal((await mailsTo(open, email)).filter(({ kind }) => kind === 'password_reset').length, 1)
})

t.test('a signed-in user gets 429 beyond the limit, for any mailbox', async (t) => {
  const [ada, other] = [await register(open.baseUrl), await register(open.baseUrl)]
  for (const mailbox of [other.user.email, 'wanted@example.com']) {
    const answers = await times(4, () =>
      call(`${open.baseUrl}/auth/email/change`, {
        token: ada.access_token,
        body: { new_email: mailbox },
      }),
    )
    t.same(tally(answers), { 202: 3, 429: 1 }, mailbox)
  }
})

t.test('mails to any mailbox count against the address of the client', async (t) => {
  const { baseUrl } = strict
  const answers = await times(3, () =>
    call(`${baseUrl}/auth/email/resend`, { body: { email: `x-${Math.random()}@example.com` } }),
  )
  t.same(tally(answers), { 202: 3 })
  for (const path of ['/auth/email/resend', '/auth/password/forgot']) {
    const refused = await call(`${baseUrl}${path}`, { body: { email: 'another@example.com' } })
    t.match(refused, { status: 429, body: { code: 'rate_limited' } }, path)
    t.match(limitHeaders(refused), { 'ratelimit-limit': '3', 'ratelimit-remaining': '0' })
  }
})

t.test('registrations count against the address of the client, on all nodes together', async (t) => {
  const other = await startLimited(t, { databaseUrl: open.databaseUrl, env: { RATE_LIMITS: 'register=3/600' } })
  const answers = []
  for (let i = 0; i < 5; i++) {
    const { baseUrl } = i % 2 === 0 ? strict : other
    answers.push(await call(`${baseUrl}/auth/register`, { body: { email: `one-of-many-${i}@example.com`, password } }))
  }
  t.same(tally(answers), { 201: 3, 429: 2 })
})

const fail = (): never => {
  throw new Error('no answer')
}
