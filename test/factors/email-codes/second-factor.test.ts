/** A mail is one factor: an account with a second one still owes it. */
import t from 'tap'
import { call } from '../../setup/client.ts'
import { addTotp } from '../../setup/factors.ts'
import { startNode } from '../../setup/node.ts'
import { beginWithMail, byCode, byLink, verifiedUser } from './mail-sign-in.ts'

const node = await startNode(t)

t.test('a user with an authenticator app still owes its code', async (t) => {
  for (const prove of ['code', 'link'] as const) {
    const { user, email } = await verifiedUser(node)
    await addTotp(node.database, user.id)
    const { attempt, code, token } = await beginWithMail(node, email)
    const answer = await (prove === 'code' ? byCode(node, attempt, code) : byLink(node, attempt, token))
    t.match(answer, { status: 200, body: { status: 'factor_required', attempt, factors: ['totp', 'recovery_code'] } })
    const sql = 'SELECT user_id, amr FROM signin_attempts WHERE user_id = $1'
    t.same((await node.database.pool.query(sql, [user.id])).rows, [{ user_id: user.id, amr: ['email'] }])
    t.match(await byCode(node, attempt, code), { status: 401, body: { code: 'invalid_factor' } }, 'the code is used up')
    t.match(await byLink(node, attempt, token), { status: 401 }, 'and so is the link')
  }
})

t.test('where a second factor is required, a user without one must add it', async (t) => {
  const strict = await startNode(t, { databaseUrl: node.databaseUrl, env: { FACTORS_REQUIRED: 'always' } })
  const { email } = await verifiedUser(node)
  const { attempt, code } = await beginWithMail(strict, email)
  t.match(await byCode(strict, attempt, code), {
    body: { status: 'factor_required', factors: [], enrolment: ['totp', 'passkey'] },
  })
})

t.test('a password that was right is no sign-in by mail', async (t) => {
  const { user, email } = await verifiedUser(node)
  await addTotp(node.database, user.id)
  const body = { email, password: 'correct horse battery staple' }
  const { body: asked } = await call(`${node.baseUrl}/auth/login`, { body })
  const attempt = asked['attempt'] as string
  t.match(await byCode(node, attempt, '000000'), { status: 401, body: { code: 'invalid_factor' } })
  t.match(await byLink(node, attempt), { status: 409, body: { code: 'approval_pending' } })
})
