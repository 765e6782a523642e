/** No log line, audit event, mail or table has a secret, a code or an attempt of a factor. */
import t from 'tap'
import { call, refresh } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { mailsTo } from '../setup/read-mails.ts'
import { beginLogin, forgetSteps, registerWithApp, wrongCode } from '../setup/totp.ts'

const lines: string[] = []
const node = await startNode(t, { log: (line) => lines.push(line) })
const at = (path: string) => `${node.baseUrl}${path}`

t.test('the secrets of an account with an app stay where they belong', async (t) => {
  const { app, user, ...ada } = await registerWithApp(node)
  const attempt = await beginLogin(node, user.email)
  const [code, wrong] = [app.code(), wrongCode(app.secret)]
  const goOn = (method: string, given: string) =>
    call(at('/auth/login/factor'), { body: { attempt, method, code: given } })
  await goOn('totp', wrong)
  await goOn('recovery_code', `${'A'.repeat(23)}B`)
  t.equal((await goOn('recovery_code', app.recoveryCodes[0] ?? '')).status, 200)
  const second = await beginLogin(node, user.email)
  const body = { attempt: second, method: 'totp', code }
  t.equal((await call(at('/auth/login/factor'), { body })).status, 200)
  await forgetSteps(node, user.id)
  const again = { method: 'totp', code: app.code() }
  const { body: renewed } = await call(at('/auth/reauthenticate'), { token: ada.access_token, body: again })
  const token = String(renewed['access_token'])
  const { body: made } = await call<{ recovery_codes: string[] }>(at('/auth/factors/recovery-codes'), {
    method: 'POST',
    token,
  })
  await call(at(`/auth/factors/${app.id}`), { method: 'DELETE', token })
  await refresh(node.baseUrl, String(renewed['refresh_token']))

  const secrets = [app.secret, attempt, second, ...app.recoveryCodes, ...made.recovery_codes, `${'A'.repeat(23)}B`]
  const { pool } = node.database
  const events = JSON.stringify((await pool.query('SELECT * FROM audit_events')).rows)
  const stored = JSON.stringify(
    await Promise.all(
      ['factors', 'recovery_codes', 'signin_attempts'].map(async (table) => (await pool.query(`TABLE ${table}`)).rows),
    ),
  )
  const mails = JSON.stringify(await mailsTo(node, user.email))
  for (const [where, text] of Object.entries({ log: lines.join('\n'), events, stored, mails })) {
    t.ok(text.length > 0, where)
    t.same(
      secrets.filter((secret) => text.includes(secret)),
      [],
      where,
    )
  }
  // A code has so few digits that other numbers may hold them. So they are searched for as a whole text.
  for (const digits of [code, wrong]) t.notOk(lines.some((line) => line.includes(`"${digits}"`)))
  t.notMatch(events, `"${wrong}"`)
})
