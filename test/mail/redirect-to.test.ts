/** Links lead to `redirect_to` if the settings allow it. */
import t from 'tap'
import { call, password, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { mailsTo } from '../setup/read-mails.ts'

const env = { LINK_TARGETS: 'https://app.example.com/auth,myapp://auth' }
const node = await startNode(t, { env })
const verified = await startNode(t, { databaseUrl: node.databaseUrl, env: { ...env, SIGNUP: 'verified' } })
const post = (path: string, body: object, { at = node, token }: { at?: typeof node; token?: string } = {}) =>
  call(`${at.baseUrl}/auth/${path}`, { body, ...(token === undefined ? {} : { token }) })

/** The link of the newest mail to the address, without its token. Resolves after the work that follows an answer. */
async function linkIn(email: string): Promise<string | undefined> {
  await node.app.afterAnswers()
  const [mail] = await mailsTo(node, email)
  const [, link] = /:\n(\S+#token=)[\w-]{43}\n/.exec(mail?.text ?? '') ?? []
  t.match(mail?.html, `<a href="${link}`)
  return link
}

for (const page of ['https://app.example.com/auth/page', 'myapp://auth/page']) {
  const name = new URL(page).protocol.slice(0, -1)
  const link = `${page}#token=`

  t.test(`${name}: every mail with a link leads there if the request says so`, async (t) => {
    const email = `ada-${name}@example.com`
    t.equal((await post('register', { email, password, redirect_to: page })).status, 201)
    t.equal(await linkIn(email), link, 'register')
    t.equal((await post('email/resend', { email, redirect_to: page.replace('page', 'again') })).status, 202)
    t.equal(await linkIn(email), link.replace('page', 'again'), 'resend')
    t.equal((await post('password/forgot', { email, redirect_to: page })).status, 202)
    t.equal(await linkIn(email), link, 'forgot')

    const waiting = `waiting-${name}@example.com`
    t.equal((await post('register', { email: waiting, password, redirect_to: page }, { at: verified })).status, 202)
    t.equal(await linkIn(waiting), link, 'register, with SIGNUP=verified')

    const { access_token: token } = await register(node.baseUrl)
    const next = `next-${name}@example.com`
    t.equal((await post('email/change', { new_email: next, redirect_to: page }, { token })).status, 202)
    t.equal(await linkIn(next), link, 'change')
  })
}

t.test('without redirect_to, the next mail leads to the usual page again', async (t) => {
  const email = 'usual@example.com'
  await post('register', { email, password, redirect_to: 'myapp://auth' })
  t.equal(await linkIn(email), 'myapp://auth#token=')
  await post('email/resend', { email })
  t.equal(await linkIn(email), 'https://auth.example.test/verify-email#token=')
})

t.test('any other redirect_to is refused, with the same answer for every email, and nothing happens', async (t) => {
  const { access_token: token, user } = await register(node.baseUrl, 'known@example.com')
  const count = async () => {
    const sql = `SELECT (SELECT count(*) FROM mails)::int AS mails, (SELECT count(*) FROM one_time_tokens)::int AS tokens,
      (SELECT count(*) FROM audit_events)::int AS events`
    return (await node.database.pool.query(sql)).rows[0]
  }
  const before = await count()
  const refusal = {
    status: 400,
    body: {
      code: 'invalid_request',
      errors: [
        {
          path: '/redirect_to',
          code: 'redirect_not_allowed',
          message: 'must be an address that this server may send links to',
        },
      ],
    },
  }
  for (const page of [
    'https://evil.test/auth',
    'https://app.example.com/authors',
    'javascript:alert(1)',
    '',
    'x\u0000',
  ]) {
    for (const email of [user.email, 'nobody@example.com']) {
      const body = { email, redirect_to: page }
      t.match(await post('password/forgot', body), refusal, 'forgot')
      t.match(await post('email/resend', body), refusal, 'resend')
      t.match(await post('register', { ...body, password }), refusal, 'register')
      t.match(
        await post('register', { ...body, password }, { at: verified }),
        refusal,
        'register, with SIGNUP=verified',
      )
      t.match(await post('email/change', { new_email: email, redirect_to: page }, { token }), refusal, 'change')
    }
  }
  const long = { email: user.email, redirect_to: `myapp://auth/${'a'.repeat(200)}` }
  t.match((await post('password/forgot', long)).body, { errors: [{ path: '/redirect_to', code: 'too_long' }] })
  await node.app.afterAnswers()
  t.same(await count(), before)
})

t.test('without LINK_TARGETS, every redirect_to is refused', async (t) => {
  const plain = await startNode(t, { databaseUrl: node.databaseUrl })
  for (const page of [
    'https://auth.example.test/reset-password',
    'https://app.example.com/auth',
    'http://localhost:5173',
  ]) {
    const answer = await post('password/forgot', { email: 'ada@example.com', redirect_to: page }, { at: plain })
    t.match(answer.body, { errors: [{ code: 'redirect_not_allowed' }] }, page)
  }
})
