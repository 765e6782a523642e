import t from 'tap'
import { createPasswordStore } from '../../src/passwords/password-store.ts'
import { createOneTimeToken, oneTimeTokenHash } from '../../src/tokens/one-time-token.ts'
import { call, nowhere, register } from '../setup/client.ts'
import { pause } from '../setup/denial.ts'
import { duringNextHash } from '../setup/hashing.ts'
import { startNode } from '../setup/node.ts'
import { whileHeld } from '../setup/waiting.ts'
import { age, forgot, login, mailsOf, newPassword, newResetToken, reset } from './mailbox.ts'

const node = await startNode(t)
const nodes = [
  node,
  await startNode(t, { databaseUrl: node.databaseUrl }),
  await startNode(t, { databaseUrl: node.databaseUrl }),
]
const nodeFor = (i: number) => nodes[i % nodes.length]!
const fifty = Array.from({ length: 50 }, (_, i) => i)

t.test('50 resets with one token at once on three nodes: one succeeds', async (t) => {
  const { user } = await register(node.baseUrl)
  const token = await newResetToken(node, user)
  const answers = await Promise.all(fifty.map((i) => reset(nodeFor(i), token, `sentence number ${i} of many`)))
  const won = fifty.filter((i) => answers[i]?.status === 204)
  t.equal(won.length, 1)
  const told = answers.map(({ status, body }) => `${status} ${String(body['code'])}`)
  t.comment(
    JSON.stringify(
      Object.fromEntries(
        Map.groupBy(told, String)
          .entries()
          .map(([code, all]) => [code, all.length]),
      ),
    ),
  )
  t.same(
    [...new Set(told)].filter((each) => !/^(204 |400 invalid_one_time_token|503 )/.test(each)),
    [],
  )
  t.equal((await login(node, user.email, `sentence number ${won[0]} of many`)).status, 200)
  t.equal((await mailsOf(node, user.id)).filter(({ kind }) => kind === 'password_changed').length, 1)
})

t.test('50 resets that have all found the token and hashed the password: one succeeds', async (t) => {
  const { user } = await register(node.baseUrl)
  const hash = oneTimeTokenHash(await newResetToken(node, user))!
  const mail = { kind: 'password_changed', userId: user.id, sealed: '' } as const
  const attempt = (i: number) =>
    createPasswordStore(nodeFor(i).database).reset({ userId: user.id, hash, to: `hash ${i}`, mail, context: nowhere })
  const outcomes = await Promise.all(fifty.map(attempt))
  const won = fifty.filter((i) => outcomes[i] !== undefined)
  t.equal(won.length, 1)
  const { rows } = await node.database.pool.query('SELECT password_hash FROM users WHERE id = $1', [user.id])
  t.equal(rows[0].password_hash, `hash ${won[0]}`)
})

t.test('a reset by one of three links makes the other two invalid', async (t) => {
  const { user } = await register(node.baseUrl)
  const tokens = [await newResetToken(node, user), await newResetToken(node, user), await newResetToken(node, user)]
  const answers = await Promise.all(tokens.map((token, i) => reset(nodeFor(i), token, `sentence number ${i} of many`)))
  t.same(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [204, 400, 400],
  )
})

t.test('50 requests for one address at once on three nodes: one mail is sent', async (t) => {
  const { user } = await register(node.baseUrl)
  for (const round of [1, 2, 3]) {
    const answers = await Promise.all(fifty.map((i) => forgot(nodeFor(i), user.email)))
    t.same([...new Set(answers.map(({ status }) => status))], [202])
    t.equal((await mailsOf(node, user.id)).length, round)
    await age(node, user.id, 61)
  }
})

t.test('a login that renews the hash while a link is made does not break the link', async (t) => {
  const stronger = await startNode(t, { databaseUrl: node.databaseUrl, env: { BCRYPT_COST: '10' } })
  const { user } = await register(node.baseUrl)
  const { token, hash } = createOneTimeToken()
  const insert = `INSERT INTO one_time_tokens (id, user_id, purpose, hash, email, bound_to, expires_at)
    SELECT gen_random_uuid(), id, 'password_reset', $2, email, sha256(convert_to(password_hash, 'UTF8')),
      now() + interval '1 minute' FROM users WHERE id = $1`
  const making = async (query: (text: string, values: unknown[]) => Promise<unknown>) => {
    await query('SELECT FROM users WHERE id = $1 FOR SHARE', [user.id])
    await query(insert, [user.id, hash])
  }
  t.equal((await whileHeld(node, making, () => login(stronger, user.email))).status, 200)
  t.equal((await reset(node, token)).status, 204)
})

t.test('a change of address or a deletion at the same time as a reset happens before it or fails', async (t) => {
  const outcomes: string[] = []
  for (let round = 0; round < 8; round++) {
    const { user, access_token: token } = await register(node.baseUrl)
    const link = await newResetToken(node, user)
    const leaving = round % 4 === 3
    const attempt = (i: number) =>
      leaving
        ? call(`${nodeFor(i).baseUrl}/auth/me`, { method: 'DELETE', token })
        : call(`${nodeFor(i).baseUrl}/auth/email/change`, { token, body: { new_email: `thief-${round}@example.com` } })
    // The attempts begin while the reset hashes the password, and reach the database before or after its transaction.
    const attempts = Promise.withResolvers<Awaited<ReturnType<typeof attempt>>[]>()
    duringNextHash(t, async () => {
      attempts.resolve(Promise.all([0, 1, 2, 3].map(attempt)))
      await pause(4 * round)
    })
    const { status } = await reset(node, link)
    const answers = await attempts.promise
    const told = answers.map(({ status: code, body }) => (code < 300 ? 'done' : String(body['code'])))
    outcomes.push(`${status}: ${[...new Set(told)].toSorted().join()}`)
    t.same(
      told.filter((each) => each !== 'done' && each !== 'token_revoked'),
      [],
    )
    t.equal(status, leaving && told.includes('done') ? 400 : 204)
    const sql = `SELECT FROM one_time_tokens WHERE user_id = $1 AND purpose = 'email_change'`
    t.equal((await node.database.pool.query(sql, [user.id])).rowCount, 0, 'no link to the new address is left')
    const { body } = await login(node, user.email, newPassword)
    if (status === 204) t.match(body, { user: { email: user.email } })
  }
  t.comment(outcomes.join('; '))
})
