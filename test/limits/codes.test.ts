/** Limits on guesses at the codes in mails, over all codes of a mailbox and from one client address. */
import t from 'tap'
import { ask, askFor, guessCodes, verify } from '../email-addresses/code-mails.ts'
import { call, register } from '../setup/client.ts'
import { linkTo } from '../setup/read-mails.ts'
import { forgetAttempts, startLimited } from './place.ts'

const env = { RATE_LIMITS: 'requests=0,letters_address=0' }
const node = await startLimited(t, { env })
const resend = (email: string) => askFor(node, 'email/resend', email, { email })
const day = String(24 * 3600)

t.test('ten wrong codes for one mailbox are the most in a day, over all its codes, and its links go on', async (t) => {
  const email = 'ada@example.com'
  await register(node.baseUrl, email)
  const [first, second, third] = [await resend(email), await resend(email), await resend(email)]
  t.same(await guessCodes(node, first, 5), Array(5).fill('invalid_code'))
  t.same(await guessCodes(node, second, 6), [...Array(5).fill('invalid_code'), 'rate_limited'])
  const refused = await verify(node, { code: third.code, verification_id: third.verification_id })
  t.match(refused, { status: 429, body: { code: 'rate_limited' } }, 'a right code too')
  t.equal(refused.headers.get('retry-after'), day)
  t.equal((await verify(node, { token: third.token })).status, 204, 'the link works')

  await register(node.baseUrl, 'grace@example.com')
  const other = await resend('grace@example.com')
  t.match(await verify(node, { code: other.code, verification_id: other.verification_id }), { status: 204 })
})

t.test('an email without an account is refused after as many wrong codes', async (t) => {
  await forgetAttempts(node)
  const guesses = async (email: string) => {
    const ids: string[] = []
    // Tags share the budget of their mailbox, whether a mail is sent or not.
    for (const tag of ['', '+1', '+2'])
      ids.push(await ask(node, 'email/resend', { email: email.replace('@', `${tag}@`) }))
    const answers: unknown[] = []
    for (const id of ids) answers.push(...(await guessCodes(node, { verification_id: id, code: '000000' }, 5)))
    return answers
  }
  await register(node.baseUrl, 'known@example.com')
  const known = await guesses('known@example.com')
  t.same(known, [...Array(10).fill('invalid_code'), ...Array(5).fill('rate_limited')])
  await forgetAttempts(node)
  t.same(await guesses('unknown@example.com'), known)
})

t.test('a right code forgets the wrong ones of its mailbox', async (t) => {
  await forgetAttempts(node)
  const email = 'forgiven@example.com'
  await register(node.baseUrl, email)
  for (const [wrongCodes, path] of [
    [9, 'email/resend'],
    [4, 'password/forgot'],
  ] as const) {
    const asked = [await askFor(node, path, email, { email })]
    if (path === 'email/resend')
      asked.push(await askFor(node, path, email, { email }), await askFor(node, path, email, { email }))
    for (let left = wrongCodes, i = 0; left > 0; left -= 4, i++) {
      const one = asked[Math.min(i, asked.length - 1)]
      if (one) t.notOk((await guessCodes(node, one, Math.min(4, left))).includes('rate_limited'))
    }
    const last = asked.at(-1)
    const proof = { code: last?.code, verification_id: last?.verification_id }
    const answer =
      path === 'email/resend'
        ? await verify(node, proof)
        : await call(`${node.baseUrl}/auth/password/reset`, { body: { ...proof, password: 'quite another sentence' } })
    t.equal(answer.status, 204, path)
  }
})

t.test('a client address waits after fifty wrong codes, whatever they were for, invented ones too', async (t) => {
  await forgetAttempts(node)
  const invented = { verification_id: 'A'.repeat(43), code: '000000' }
  t.same(await guessCodes(node, invented, 51), [...Array(50).fill('invalid_code'), 'rate_limited'])
  await register(node.baseUrl, 'behind@example.com')
  t.equal((await verify(node, { token: await linkTo(node, 'behind@example.com') })).status, 204, 'the link works')
})
