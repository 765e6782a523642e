import t from 'tap'
import { createPasswordStore } from '../../src/passwords/password-store.ts'
import { createOneTimeToken, oneTimeTokenHash } from '../../src/tokens/one-time-token.ts'
import { nowhere, register } from '../setup/client.ts'
import { pause } from '../setup/denial.ts'
import { startNode } from '../setup/node.ts'
import { age, forgot, lettersOf, login, newResetToken, reset } from './mailbox.ts'

const node = await startNode(t)
const nodes = [
  node,
  await startNode(t, { databaseUrl: node.databaseUrl }),
  await startNode(t, { databaseUrl: node.databaseUrl }),
]
const nodeFor = (i: number) => nodes[i % nodes.length]!
const fifty = Array.from({ length: 50 }, (_, i) => i)

t.test('of 50 resets with one token at once, over three nodes, one wins', async (t) => {
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
  t.equal((await lettersOf(node, user.id)).filter(({ kind }) => kind === 'password_changed').length, 1)
})

t.test('of 50 that have all found the token and hashed their password, one wins', async (t) => {
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

t.test('of three links, one sets the password and takes the other two along', async (t) => {
  const { user } = await register(node.baseUrl)
  const tokens = [await newResetToken(node, user), await newResetToken(node, user), await newResetToken(node, user)]
  const answers = await Promise.all(tokens.map((token, i) => reset(nodeFor(i), token, `sentence number ${i} of many`)))
  t.same(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [204, 400, 400],
  )
})

t.test('of 50 requests for one address at once, over three nodes, one sends a letter', async (t) => {
  const { user } = await register(node.baseUrl)
  for (const round of [1, 2, 3]) {
    const answers = await Promise.all(fifty.map((i) => forgot(nodeFor(i), user.email)))
    t.same([...new Set(answers.map(({ status }) => status))], [202])
    t.equal((await lettersOf(node, user.id)).length, round)
    await age(node, user.id, 61)
  }
})

t.test('a login that renews the hash while a link is being made does not break the link', async (t) => {
  const stronger = await startNode(t, { databaseUrl: node.databaseUrl, env: { BCRYPT_COST: '11' } })
  const { user } = await register(node.baseUrl)
  const { token, hash } = createOneTimeToken()
  const client = await node.database.pool.connect()
  t.teardown(() => client.release())
  await client.query('BEGIN')
  await client.query('SELECT FROM users WHERE id = $1 FOR SHARE', [user.id])
  const insert = `INSERT INTO one_time_tokens (id, user_id, purpose, hash, email, bound_to, expires_at)
    SELECT gen_random_uuid(), id, 'password_reset', $2, email, sha256(convert_to(password_hash, 'UTF8')),
      now() + interval '1 minute' FROM users WHERE id = $1`
  await client.query(insert, [user.id, hash])
  const renewing = login(stronger, user.email)
  await untilSomebodyWaits()
  await client.query('COMMIT')
  t.equal((await renewing).status, 200)
  t.equal((await reset(node, token)).status, 204)
})

async function untilSomebodyWaits(): Promise<void> {
  const sql = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
  while ((await node.database.pool.query(sql)).rowCount === 0) await pause(5)
}
