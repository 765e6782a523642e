/** Limits on signing in by mail: the mails of a mailbox, the requests of a client address, wrong codes and wrong numbers. */
import t from 'tap'
import { wrong } from '../email-addresses/code-mails.ts'
import { approve, begin, beginWithMail, byCode, otherNumber } from '../factors/email-codes/mail-sign-in.ts'
import { call, register } from '../setup/client.ts'
import { mailsTo } from '../setup/read-mails.ts'
import { forgetAttempts, startLimited } from './place.ts'

const node = await startLimited(t, { env: { RATE_LIMITS: 'requests=0,letters_address=0' } })
const sent = async (email: string) => (await mailsTo(node, email)).filter(({ kind }) => kind === 'sign_in').length
const code = async (answer: Promise<{ body: Record<string, unknown> }>) => (await answer).body['code']

t.test(
  'a mailbox gets five mails an hour and one for as long as a link lives, and the answer stays the same',
  async (t) => {
    await register(node.baseUrl, 'ada@example.com')
    for (let i = 0; i < 8; i++) await begin(node, 'ada@example.com')
    t.equal(await sent('ada@example.com'), 5)
    await call(`${node.baseUrl}/auth/password/forgot`, { body: { email: 'ada@example.com' } })
    await node.app.afterAnswers()
    t.equal(
      (await mailsTo(node, 'ada@example.com'))[0]?.kind,
      'password_reset',
      'other mails have a budget of their own',
    )
  },
)

t.test('an email without an account uses the budget of its mailbox up in the same way', async (t) => {
  await forgetAttempts(node)
  const counts = async (email: string) => {
    for (let i = 0; i < 3; i++) await begin(node, email)
    const { rows } = await node.database.pool.query('SELECT count, refused FROM attempts ORDER BY count, refused')
    await forgetAttempts(node)
    return rows
  }
  t.same(await counts('nobody@example.com'), await counts('ada@example.com'))
})

t.test('a client address may ask thirty times an hour', async (t) => {
  const strict = await startLimited(t, { databaseUrl: node.databaseUrl })
  await forgetAttempts(node)
  for (let i = 0; i < 30; i++) await begin(strict, `person-${i}@example.com`)
  const answer = await call(`${strict.baseUrl}/auth/login/email`, { body: { email: 'ada@example.com' } })
  t.match(answer, { status: 429, body: { code: 'rate_limited' } })
})

t.test('ten wrong codes for one mailbox are the most in a day, over all its sign-ins', async (t) => {
  await forgetAttempts(node)
  await register(node.baseUrl, 'grace@example.com')
  const answers: unknown[] = []
  for (let i = 0; i < 2; i++) {
    const mailed = await beginWithMail(node, 'grace@example.com')
    for (let j = 1; j <= 5; j++) answers.push(await code(byCode(node, mailed.attempt, wrong(mailed.code, j))))
  }
  t.same(answers, Array(10).fill('invalid_factor'))
  const third = await beginWithMail(node, 'grace@example.com')
  t.equal(await code(byCode(node, third.attempt, third.code)), 'rate_limited', 'a right code too')
  t.equal((await approve(node, third.token, third.number)).status, 204, 'the link goes on')
})

t.test('a client address waits after fifty wrong numbers', async (t) => {
  await forgetAttempts(node)
  await register(node.baseUrl, 'eve@example.com')
  const { token, number } = await beginWithMail(node, 'eve@example.com')
  for (let i = 1; i <= 50; i++) t.not(await code(approve(node, token, otherNumber(number, i))), 'rate_limited')
  t.equal(await code(approve(node, token, number)), 'rate_limited')
})

t.test('a signed-in user is told that the mailbox gets no more codes', async (t) => {
  await forgetAttempts(node)
  const { access_token: token } = await register(node.baseUrl)
  const ask = () => call(`${node.baseUrl}/auth/reauthenticate/email`, { method: 'POST', token })
  for (let i = 0; i < 5; i++) t.equal((await ask()).status, 202)
  t.match(await ask(), { status: 429, body: { code: 'rate_limited' } })
})
