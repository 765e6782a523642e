/** Changing an address: the new one is verified first, the old one gets a mail, and two users never have the same one. */
import t from 'tap'
import type { AccountExport } from '../../src/privacy/export-wire.ts'
import { call, password, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { linkTo, mailsTo } from '../setup/read-mails.ts'
import { seen as shown } from '../setup/stopwatch.ts'
import { whileHeld } from '../setup/waiting.ts'

const node = await startNode(t)
const at = (path: string) => `${node.baseUrl}${path}`
const verify = (token: string) => call(at('/auth/email/verify'), { body: { token } })
const login = (email: string) => call(at('/auth/login'), { body: { email, password } })
const change = (token: string, newEmail: string) =>
  call(at('/auth/email/change'), { token, body: { new_email: newEmail } })
const refused = { status: 400, body: { code: 'invalid_one_time_token' } }
const accepted = { status: 202, body: { status: 'accepted' } }

t.test('the new address takes effect once it is verified, and the old one gets a mail', async (t) => {
  const { access_token: token, user } = await register(node.baseUrl, 'old@example.com')
  t.match(await change(token, 'New@example.com'), accepted)
  t.match((await call(at('/auth/me'), { token })).body, { email: 'old@example.com' }, 'nothing has changed yet')
  const link = await linkTo(node, 'New@example.com')
  t.match((await mailsTo(node, 'New@example.com'))[0]?.text, '/change-email#token=')
  t.equal((await verify(link)).status, 204)
  t.match((await call(at('/auth/me'), { token })).body, { email: 'New@example.com', email_verified: true })
  t.match(await verify(link), refused, 'once')
  t.equal((await login('new@example.com')).status, 200)
  t.equal((await login('old@example.com')).status, 401)
  const [told] = await mailsTo(node, 'old@example.com')
  t.match(told, { kind: 'email_changed', text: /If you did not change it/ })
  t.notMatch(told?.text, /new@example/i, 'the old address is not told which one is new')
  const sql = 'SELECT type FROM audit_events WHERE subject_id = $1 ORDER BY id'
  const types = (await node.database.pool.query(sql, [user.id])).rows.map(({ type }) => type)
  t.same(types.slice(2, 4), ['email_change_requested', 'email_changed'])
  const left = await node.database.pool.query('SELECT purpose FROM one_time_tokens WHERE user_id = $1', [user.id])
  t.same(left.rows, [], 'no link to the old mailbox is left')
})

t.test('a change needs a session, and refuses a password in the body', async (t) => {
  const { access_token: token } = await register(node.baseUrl, 'stolen@example.com')
  const body = { new_email: 'thief@example.com' }
  t.equal((await call(at('/auth/email/change'), { body })).status, 401)
  t.match(await call(at('/auth/email/change'), { token, body: { ...body, password } }), {
    status: 400,
    body: { errors: [{ path: '/password' }] },
  })
  t.same(await mailsTo(node, 'thief@example.com'), [])
})

const endSession = `UPDATE sessions SET revoked_at = now(), revoke_reason = 'password_reset' WHERE user_id = $1`
const holds = {
  'the account': `UPDATE users SET password_hash = password_hash || 'x' WHERE id = $1`, // as a reset does
  'the session': 'SELECT FROM sessions WHERE user_id = $1 FOR UPDATE',
}
for (const [what, hold] of Object.entries(holds)) {
  t.test(
    `a request whose session ends while it waits for ${what} changes nothing, whether the address is free or taken`,
    async (t) => {
      const { user: owner } = await register(node.baseUrl)
      for (const address of [`free-${owner.email}`, owner.email]) {
        const { access_token: token, user } = await register(node.baseUrl)
        const rows = async () => {
          const { rows: all } = await node.database.pool.query(
            `SELECT (SELECT count(*) FROM mails) AS mails, (SELECT count(*) FROM one_time_tokens) AS links,
            (SELECT count(*) FROM audit_events) AS events`,
          )
          return all
        }
        const before = await rows()
        const answer = await whileHeld(
          node,
          (query) => query(hold, [user.id]),
          () => change(token, address),
          (query) => query(endSession, [user.id]),
        )
        t.match(answer, { status: 401, body: { code: 'token_revoked' } }, address)
        t.same(await rows(), before)
      }
    },
  )

  t.test(`a request that waits for ${what} succeeds while its session stays active`, async (t) => {
    const { access_token: token, user } = await register(node.baseUrl)
    const answer = await whileHeld(
      node,
      (query) => query(hold, [user.id]),
      () => change(token, 'patient@example.com'),
    )
    t.match(answer, accepted)
  })
}

t.test('the request is audited with its user and session, whether the address is free or taken', async (t) => {
  const { access_token: token, user, session_id: session } = await register(node.baseUrl)
  await register(node.baseUrl, 'long-taken@example.com')
  for (const address of ['nobodys@example.com', 'long-taken@example.com'])
    t.match(await change(token, address), accepted)
  const sql = `SELECT subject_id, session_id, ip FROM audit_events WHERE type = 'email_change_requested' AND actor_id = $1`
  const written = { subject_id: user.id, session_id: session, ip: '127.0.0.1' }
  t.same((await node.database.pool.query(sql, [user.id])).rows, [written, written])
})

t.test('a taken address gets the same response, and its owner gets a mail', async (t) => {
  const { access_token: token } = await register(node.baseUrl, 'asker@example.com')
  await register(node.baseUrl, 'Owner@example.com')
  const [taken, free] = [await change(token, 'owner@EXAMPLE.com'), await change(token, 'free@example.com')]
  t.strictSame(shown(taken), shown(free))
  t.match((await mailsTo(node, 'Owner@example.com'))[0], { kind: 'already_registered', text: /nothing was changed/ })
  t.same(await mailsTo(node, 'owner@EXAMPLE.com'), [], 'at the address they gave, not as somebody else typed it')
})

t.test('neither an earlier link nor the export tells later that the address was taken', async (t) => {
  await register(node.baseUrl, 'held@example.com')
  const seen: unknown[] = []
  for (const address of ['held@example.com', 'not-held@example.com']) {
    const { access_token: token, user } = await register(node.baseUrl)
    await change(token, `mine-${user.email}`)
    const earlier = await linkTo(node, `mine-${user.email}`)
    t.match(await change(token, address), accepted)
    t.match(await verify(earlier), refused, 'only the latest request counts')
    const { body } = await call<AccountExport>(at('/auth/me/export'), { token })
    const words = ({ type, kind, purpose, ...of }: Record<string, unknown>) => [
      type ?? kind ?? purpose,
      of['address'] === address,
      of['detail'],
    ]
    seen.push([body.events, body.letters, body.links].map((list) => list.map(words)))
    t.ok(body.links.some((link) => link.address === address))
  }
  t.strictSame(seen[0], seen[1])
})

t.test('ten users change to one address at once: one gets it', async (t) => {
  const users = await Promise.all(
    Array.from({ length: 10 }, (_, i) => register(node.baseUrl, `racer-${i}@example.com`)),
  )
  for (const { access_token: token } of users) t.match(await change(token, 'prize@example.com'), accepted)
  const links = (await mailsTo(node, 'prize@example.com')).map(({ text }) => /#token=(\S+)/.exec(text)?.[1] ?? '')
  t.equal(new Set(links).size, 10)
  const answers = await Promise.all(links.map(verify))
  t.equal(answers.filter(({ status }) => status === 204).length, 1)
  t.equal(answers.filter(({ body }) => body['code'] === 'email_taken').length, 9)
  const owners = await node.database.pool.query(`SELECT id FROM users WHERE email_key = 'prize@example.com'`)
  t.equal(owners.rowCount, 1)
  const told = await Promise.all(users.map(({ user }) => mailsTo(node, user.email)))
  t.equal(
    told.flat().filter(({ kind }) => kind === 'email_changed').length,
    1,
    'whose address did not change is told nothing',
  )
})

t.test('fifty requests with one link at once: one succeeds, and the old address gets one mail', async (t) => {
  const { access_token: token } = await register(node.baseUrl, 'often@example.com')
  await change(token, 'often-new@example.com')
  const link = await linkTo(node, 'often-new@example.com')
  const answers = await Promise.all(Array.from({ length: 50 }, () => verify(link)))
  t.equal(answers.filter(({ status }) => status === 204).length, 1)
  t.equal((await mailsTo(node, 'often@example.com')).filter(({ kind }) => kind === 'email_changed').length, 1)
})

t.test('a change of password ends a change of address that began before', async (t) => {
  const { access_token: token, user } = await register(node.baseUrl, 'regained@example.com')
  await change(token, 'thief-2@example.com')
  const link = await linkTo(node, 'thief-2@example.com')
  await node.database.pool.query(`UPDATE users SET password_hash = password_hash || 'x' WHERE id = $1`, [user.id])
  t.match(await verify(link), refused)
  t.match((await node.database.pool.query('SELECT email FROM users WHERE id = $1', [user.id])).rows[0], {
    email: user.email,
  })
})

t.test('once the address has changed, earlier links no longer work', async (t) => {
  const { access_token: token } = await register(node.baseUrl, 'first@example.com')
  const oldProof = await linkTo(node, 'first@example.com')
  await change(token, 'second@example.com')
  await change(token, 'third@example.com')
  const second = await linkTo(node, 'second@example.com')
  t.equal((await verify(await linkTo(node, 'third@example.com'))).status, 204)
  for (const link of [oldProof, second]) t.match(await verify(link), refused)
  const left = await node.database.pool.query(
    `SELECT FROM one_time_tokens WHERE email IN ('first@example.com', 'second@example.com')`,
  )
  t.equal(left.rowCount, 0)
  t.match((await call(at('/auth/me'), { token })).body, { email: 'third@example.com' })
})

t.test('an expired link changes nothing', async (t) => {
  const { access_token: token } = await register(node.baseUrl, 'slow@example.com')
  await change(token, 'slower@example.com')
  await node.database.pool.query(`UPDATE one_time_tokens SET expires_at = now() WHERE email = 'slower@example.com'`)
  t.match(await verify(await linkTo(node, 'slower@example.com')), refused)
  t.match((await call(at('/auth/me'), { token })).body, { email: 'slow@example.com' })
})

t.test('another spelling of the user’s own address is a change like any other', async (t) => {
  const { access_token: token } = await register(node.baseUrl, 'ada.l@example.com')
  t.match(await change(token, 'Ada.L@Example.com'), accepted)
  t.equal((await verify(await linkTo(node, 'Ada.L@Example.com'))).status, 204)
  t.match((await call(at('/auth/me'), { token })).body, { email: 'Ada.L@Example.com' })
})
