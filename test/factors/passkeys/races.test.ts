/** One assertion is worth one session, and a passkey that is removed is worth none. */
import t from 'tap'
import { startNode } from '../../setup/node.ts'
import { whileHeld } from '../../setup/waiting.ts'
import { beginAttempt, post, requestOptions, withPasskey } from './users.ts'

const node = await startNode(t)
const nodes = [node, await startNode(t, { databaseUrl: node.databaseUrl })]
const nodeFor = (i: number) => nodes[i % nodes.length] ?? node
const many = Array.from({ length: 200 }, (_, i) => i)
const sessionsOf = async (userId: string) =>
  (await node.database.pool.query(`SELECT 1 FROM sessions WHERE user_id = $1 AND 'mfa' = ANY(amr)`, [userId])).rows
    .length
const told = ({ status, body }: { status: number; body: { code?: string } }) => `${status} ${body.code}`

t.test('200 submissions of one assertion over two nodes: one session', async (t) => {
  const { authenticator, user } = await withPasskey(node)
  const before = await sessionsOf(user.user.id)
  const credential = authenticator.get(await requestOptions(node))
  const answers = await Promise.all(many.map((i) => post(nodeFor(i), '/auth/login/passkey', { credential })))
  const outcomes = Map.groupBy(answers.map(told), String)
  t.comment(JSON.stringify(Object.fromEntries([...outcomes].map(([code, all]) => [code, all.length]))))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.same(
    [...outcomes.keys()].filter((each) => !/^(200 |401 invalid_(factor|challenge)$|503 )/.test(each)),
    [],
  )
  t.equal((await sessionsOf(user.user.id)) - before, 1)
})

t.test('200 submissions of one assertion in one attempt over two nodes: one session', async (t) => {
  const { authenticator, user, email } = await withPasskey(node)
  const before = await sessionsOf(user.user.id)
  const attempt = await beginAttempt(node, email)
  const credential = authenticator.get(await requestOptions(node, attempt))
  const answers = await Promise.all(many.map((i) => post(nodeFor(i), '/auth/login/passkey', { credential, attempt })))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.equal((await sessionsOf(user.user.id)) - before, 1)
})

t.test('a passkey that is removed while its assertion is checked yields no session', async (t) => {
  const { authenticator, user, factor } = await withPasskey(node)
  const before = await sessionsOf(user.user.id)
  const credential = authenticator.get(await requestOptions(node))
  // The assertion is verified, and the statement waits for the row of the user, which the removal has locked.
  const answer = await whileHeld(
    node,
    (query) => query('SELECT 1 FROM users WHERE id = $1 FOR UPDATE', [user.user.id]),
    () => post(node, '/auth/login/passkey', { credential }),
    (query) => query('DELETE FROM factors WHERE id = $1', [factor.id]),
  )
  t.match(told(answer), /^401 (attempt_ended|invalid_credentials)$/)
  t.equal(await sessionsOf(user.user.id), before)
})
