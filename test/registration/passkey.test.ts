/** Opening an account with a passkey and without a password. */
import t from 'tap'
import type { CreationOptions } from '../../src/factors/passkeys/options.ts'
import { createAuthenticator, type Manner } from '../factors/passkeys/authenticator.ts'
import { post, type SignIn, signIn } from '../factors/passkeys/users.ts'
import { password, register, whoami } from '../setup/client.ts'
import { type Node, startNode } from '../setup/node.ts'
import { codeTo, linkTo } from '../setup/read-mails.ts'

const open = await startNode(t)
const verified = await startNode(t, { databaseUrl: open.databaseUrl, env: { SIGNUP: 'verified' } })
const closed = await startNode(t, { databaseUrl: open.databaseUrl, env: { SIGNUP: 'closed' } })
const told = ({ status, body }: { status: number; body: { code?: string } }) => `${status} ${body.code}`
type Begun = SignIn & { verification_id: string }

let users = 0
const newEmail = () => `passkey-${++users}@example.com`
const optionsOf = async (node: Node, email: string) =>
  (await post<CreationOptions>(node, '/auth/register/passkey/options', { email })).body
async function send(node: Node, email: string, authenticator = createAuthenticator(), manner: Manner = {}, more = {}) {
  const credential = authenticator.create(await optionsOf(node, email), manner)
  return post<Begun>(node, '/auth/register/passkey', { email, credential, ...more })
}
const accountsOf = async (email: string) =>
  (await open.database.pool.query('SELECT * FROM users WHERE email = $1', [email])).rows

t.test('with SIGNUP=open the account is open at once, and has no password', async (t) => {
  const email = newEmail()
  const authenticator = createAuthenticator({ synced: true })
  const options = await optionsOf(open, email)
  t.match(options, {
    user: { name: email },
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
  })
  const { status, body } = await send(open, email, authenticator, {}, { name: 'Ada' })
  t.equal(status, 201)
  t.match(body, { status: 'signed_in', user: { email, name: 'Ada', email_verified: false }, verification_id: String })
  t.equal(body.recovery_codes?.length, 10)
  t.match((await whoami(open.baseUrl, body.access_token)).body, { amr: ['swk', 'mfa'], acr: 'aal2' })
  const [account] = await accountsOf(email)
  t.match(account, { password_hash: null, factor_kinds: ['passkey'] })
  t.match(await signIn(open, authenticator), { status: 200, body: { user: { id: body.user.id } } })
  t.equal(told(await post(open, '/auth/login', { email, password })), '401 invalid_credentials')
  const token = await linkTo(open, email)
  t.equal((await post(open, '/auth/email/verify', { token })).status, 204)
})

t.test('a taken email, a passkey that does not verify its user and another email are refused', async (t) => {
  const { user } = await register(open.baseUrl)
  t.equal(told(await send(open, user.email)), '409 email_taken')
  t.equal(told(await send(open, newEmail(), undefined, { verifies: false })), '400 invalid_passkey')
  t.equal(
    told(await send(open, newEmail(), undefined, { origin: 'https://evil.example' })),
    '403 passkey_origin_refused',
  )
  const credential = createAuthenticator().create(await optionsOf(open, newEmail()))
  t.equal(told(await post(open, '/auth/register/passkey', { email: newEmail(), credential })), '401 invalid_challenge')
})

t.test('20 requests with one credential open one account', async (t) => {
  const email = newEmail()
  const credential = createAuthenticator().create(await optionsOf(open, email))
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => post(open, '/auth/register/passkey', { email, credential })),
  )
  t.equal(answers.filter(({ status }) => status === 201).length, 1)
  t.same(
    answers.map(told).filter((each) => !/^(201 |409 email_taken$|401 invalid_challenge$|503 )/.test(each)),
    [],
  )
  t.equal((await accountsOf(email)).length, 1)
})

t.test('10 requests for one email, each with a passkey of its own, open one account', async (t) => {
  const email = newEmail()
  const credentials = await Promise.all(
    Array.from({ length: 10 }, async () => createAuthenticator().create(await optionsOf(open, email))),
  )
  const answers = await Promise.all(
    credentials.map((credential) => post(open, '/auth/register/passkey', { email, credential })),
  )
  t.same(answers.map(told).toSorted(), ['201 undefined', ...Array.from({ length: 9 }, () => '409 email_taken')])
})

t.test('with SIGNUP=closed nobody opens one', async (t) => {
  t.equal(told(await post(closed, '/auth/register/passkey/options', { email: newEmail() })), '403 signup_closed')
  const email = newEmail()
  const credential = createAuthenticator().create(await optionsOf(open, email))
  t.equal(told(await post(closed, '/auth/register/passkey', { email, credential })), '403 signup_closed')
})

t.test('with SIGNUP=verified the code in the mail opens it', async (t) => {
  const email = newEmail()
  const authenticator = createAuthenticator()
  const { status, body } = await send(verified, email, authenticator)
  t.equal(status, 202)
  t.same(await accountsOf(email), [])
  t.equal(told(await signIn(verified, authenticator)), '401 unknown_passkey')
  const code = await codeTo(open, email)
  const proof = { verification_id: body.verification_id, code }
  t.equal((await post(verified, '/auth/email/verify', proof)).status, 204)
  t.match(await signIn(verified, authenticator), { status: 200, body: { user: { email, email_verified: true } } })
})

t.test('the link alone does not: the passkey could be that of a stranger', async (t) => {
  const email = newEmail()
  const authenticator = createAuthenticator()
  await send(verified, email, authenticator)
  const token = await linkTo(open, email)
  t.match(await post(verified, '/auth/email/verify', { token }), {
    status: 400,
    body: { errors: [{ path: '/password', code: 'password_required' }] },
  })
  t.equal((await post(verified, '/auth/email/verify', { token, new_password: `my own ${password}` })).status, 204)
  t.equal(told(await signIn(verified, authenticator)), '401 unknown_passkey')
})

t.test('with SIGNUP=verified the answer is the same for a taken email', async (t) => {
  const { user } = await register(open.baseUrl)
  const shapeOf = ({ status, body }: Awaited<ReturnType<typeof send>>) => [status, Object.keys(body), body.status]
  t.same(shapeOf(await send(verified, user.email)), shapeOf(await send(verified, newEmail())))
})

t.test('a stranger who opened an account before loses the passkey with it', async (t) => {
  for (const takeOver of ['link', 'reset'] as const) {
    const email = newEmail()
    const stranger = createAuthenticator()
    await send(open, email, stranger)
    if (takeOver === 'link') {
      await post(verified, '/auth/register', { email, password: `my own ${password}` })
      const token = await linkTo(open, email)
      t.equal((await post(verified, '/auth/email/verify', { token, password: `my own ${password}` })).status, 204)
    } else {
      await post(open, '/auth/password/forgot', { email })
      await open.app.afterAnswers()
      const token = await linkTo(open, email)
      t.equal((await post(open, '/auth/password/reset', { token, password: `my own ${password}` })).status, 204)
    }
    t.equal(told(await signIn(open, stranger)), '401 unknown_passkey', takeOver)
  }
})
