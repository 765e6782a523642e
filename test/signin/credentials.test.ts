/**
 * A credential that changes at any moment of a sign-in never yields a session that outlives the change: as a property, on two
 * nodes and one Postgres.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { login, newPassword, newResetToken, reset } from '../passwords/mailbox.ts'
import { call, password, refresh, register, whoami } from '../setup/client.ts'
import { untilDenied } from '../setup/denial.ts'
import { startNode } from '../setup/node.ts'
import { runs } from '../setup/properties.ts'

const node = await startNode(t)
const other = await startNode(t, { databaseUrl: node.databaseUrl })
const { pool } = node.database

/** The ways in which the credentials of a user change. Each returns the change, so that its preparation takes no time later. */
const changes = {
  async 'a new password'() {
    const ada = await register(node.baseUrl)
    const body = { current_password: password, new_password: newPassword }
    return {
      user: ada.user,
      change: async () =>
        (await call(`${node.baseUrl}/auth/password`, { token: ada.access_token, body })).status === 200,
    }
  },
  async 'a reset'() {
    const { user } = await register(node.baseUrl)
    const token = await newResetToken(node, user)
    return { user, change: async () => (await reset(node, token)).status === 204 }
  },
  async disabling() {
    const { user } = await register(node.baseUrl)
    const sql = 'UPDATE users SET disabled_at = now() WHERE id = $1'
    return { user, change: async () => (await pool.query(sql, [user.id])).rowCount === 1 }
  },
}

for (const [name, prepare] of Object.entries(changes)) {
  t.test(`${name} at any moment of a login`, async (t) => {
    const outcomes = { 'no session': 0, 'a session that ended': 0 }
    const moments = fc.array(fc.record({ login: fc.nat({ max: 8 }), change: fc.nat({ max: 8 }) }), {
      maxLength: 4,
      minLength: 1,
    })
    const property = fc.asyncProperty(moments, async (all) => {
      for (const { login: loginAfter, change: changeAfter } of all) {
        const { user, change } = await prepare()
        const [answer, changed] = await Promise.all([
          sleep(loginAfter).then(() => login(other, user.email)),
          sleep(changeAfter).then(change),
        ])
        if (!changed) throw new Error('the change failed')
        if (answer.status !== 200) outcomes['no session']++
        else {
          outcomes['a session that ended']++
          const { refresh_token: token, access_token: access } = answer.body as Record<string, string>
          if ((await refresh(node.baseUrl, token ?? '')).status === 200) throw new Error('the session goes on')
          await untilDenied(other, access ?? '')
          if ((await whoami(node.baseUrl, access ?? '')).status !== 401) await untilDenied(node, access ?? '')
        }
      }
    })
    await fc.assert(property, runs(12))
    t.comment(JSON.stringify(outcomes))
    t.pass()
  })
}

t.test('logins at once, while the first of them renews the hash, all succeed', async (t) => {
  const { user } = await register(node.baseUrl)
  const stronger = await startNode(t, { databaseUrl: node.databaseUrl, env: { BCRYPT_COST: '10' } })
  const answers = await Promise.all(Array.from({ length: 6 }, () => login(stronger, user.email)))
  t.same(
    answers.map(({ status }) => status),
    [200, 200, 200, 200, 200, 200],
  )
})
