/** During the whole life of an account, no audit event and no log line has a password, a token, an email or another secret. */
import t from 'tap'
import type { UserPage } from '../../src/admin/wire.ts'
import { approve, beginWithMail, byCode, byLink } from '../factors/email-codes/mail-sign-in.ts'
import { ask, auditRows, change, endSessions, registerAdmin } from '../setup/admins.ts'
import { call, refresh, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { codeTo } from '../setup/read-mails.ts'

const lines: string[] = []
const node = await startNode(t, {
  log: (line) => lines.push(line),
  env: { REFRESH_LEEWAY_SECONDS: '0', REFRESH_FORK_SECONDS: '60' },
})
const at = (path: string) => `${node.baseUrl}${path}`
const secrets = new Set<string>()
/** Notes a text that must not appear in the log or the audit log. */
const secret = <T extends string>(text: T): T => {
  secrets.add(text)
  return text
}
/** Notes the tokens of a response: each one as a whole, and its secret parts. */
function keep(body: unknown): void {
  for (const [token] of JSON.stringify(body).matchAll(/(eyJ[\w-]+\.[\w-]+\.[\w-]+|c[ds]1\.[\w.-]+)/g)) {
    secret(token)
    for (const part of token.split('.').filter((text) => text.length > 40)) secret(part)
  }
}
async function kept<T>(answer: Promise<{ status: number; body: T }>) {
  const { status, body } = await answer
  keep(body)
  return { status, body }
}
const login = (email: string, password: string) => kept(call(at('/auth/login'), { body: { email, password } }))

t.test('no secret of an account appears in the log or the audit log', async (t) => {
  const email = secret('Recognisable.Person@secret-mailbox.example')
  for (const spelling of ['Recognisable.Person', 'recognisable.person', 'secret-mailbox']) secret(spelling)
  const password = secret('recognisable password of theirs')
  const wrong = secret('recognisable password of a guesser')
  const name = secret('Recognisable Name')
  const admin = await registerAdmin(node, 'boss@secret-mailbox.example')
  keep(admin)

  await kept(call(at('/auth/register'), { body: { email, password, name } }))
  await kept(call(at('/auth/register'), { body: { email, password, name } }))
  t.equal((await login(email, wrong)).status, 401)
  t.equal((await login(secret('nobody@unknown-mailbox.example'), wrong)).status, 401)
  const { status, body: pair } = await login(email, password)
  t.equal(status, 200)
  const { id } = pair['user'] as { id: string }
  const first = String(pair['refresh_token'])
  const second = (await kept(refresh(node.baseUrl, first))).body.refresh_token
  const third = (await kept(refresh(node.baseUrl, first))).body.refresh_token // forked
  await kept(refresh(node.baseUrl, third))
  t.equal((await kept(refresh(node.baseUrl, second))).status, 401, 'reused')
  t.equal((await kept(refresh(node.baseUrl, third))).status, 401, 'ended')
  await call(at(`/auth/whoami?access_token=${secret('recognisable-query-token')}`), {
    token: String(pair['access_token']),
  })
  await call(at('/auth/whoami'), { token: secret('recognisable-header-token') })

  for (const query of [{ email }, { name }, { email: secret('recog'), limit: 1 }]) {
    const { next_cursor: cursor } = (await ask<UserPage>(node, admin, '/admin/users', query)).body
    if (cursor) await ask(node, admin, '/admin/users', { ...query, cursor: secret(cursor) })
  }
  for (const wish of [{ roles: ['editor'] }, { email_verified: true }, { disabled: true }, { disabled: false }]) {
    t.equal((await change(node, admin, id, wish)).status, 200)
  }
  // A code has so few digits that other numbers may hold them. So it is searched for as a whole number, in the log alone.
  const { body: asked } = await call(at('/auth/password/forgot'), { body: { email } })
  await node.app.afterAnswers()
  const verificationId = secret(String(asked['verification_id']))
  const code = await codeTo(node, email)
  const given = { verification_id: verificationId, code, password: 'password' }
  t.equal((await call(at('/auth/password/reset'), { body: given })).status, 400)
  t.strictSame(
    lines.filter((line) => new RegExp(`"${code}"`).test(line)),
    [],
  )
  const mailed = await beginWithMail(node, email)
  secret(mailed.attempt)
  secret(mailed.token)
  t.equal((await approve(node, mailed.token, mailed.number)).status, 204)
  t.equal((await byLink(node, mailed.attempt, mailed.attempt)).status, 401)
  t.equal((await kept(byCode(node, mailed.attempt, mailed.code))).status, 200)
  t.strictSame(
    lines.filter((line) => new RegExp(`"${mailed.code}"`).test(line)),
    [],
  )
  const { body: last } = await login(email, password)
  await endSessions(node, admin, id)
  const { body: final } = await login(email, password)
  await call(at('/auth/logout'), { body: { refresh_token: String(last['refresh_token']) } })
  const token = String(final['access_token'])
  t.equal((await call(at('/auth/me/export'), { token })).status, 200)
  t.equal((await call(at('/auth/reauthenticate'), { token, body: { password: wrong } })).status, 401)
  await kept(call(at('/auth/reauthenticate'), { token, body: { password } }))
  t.equal((await call(at('/auth/me'), { method: 'DELETE', token })).status, 204)
  await register(node.baseUrl)

  const rows = await auditRows(node)
  const types = new Set(rows.map(({ type }) => type))
  t.ok(rows.length > 20 && types.size > 12, `${rows.length} events of ${types.size} types`)
  t.ok(lines.length > 30, `${lines.length} lines`)
  t.ok(secrets.size > 30, `${secrets.size} secrets`)
  const written = [
    ...rows.map((row) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value))),
    ...lines,
  ]
  const leaks = [...secrets].flatMap((text) =>
    written.filter((line) => line.includes(text)).map((line) => ({ text, line })),
  )
  t.strictSame(leaks.slice(0, 3), [])
  t.strictSame(written.filter((line) => /[\w.-]@[\w-]+\.\w/.test(line)).slice(0, 3), [], 'nothing looks like an email')
})
