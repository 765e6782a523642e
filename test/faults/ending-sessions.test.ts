/**
 * How long it takes to end all sessions of a user, by their number: in each case it takes less than a second, and every session is over.
 * `MANY_SESSIONS=1000,100000,400000` chooses the numbers.
 */
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { login, newPassword, newResetToken, reset } from '../passwords/mailbox.ts'
import { change, registerAdmin } from '../setup/admins.ts'
import { call, password, refresh, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { untilGood } from '../setup/undisturbed.ts'

t.setTimeout(1_800_000)
const numbers = (process.env['MANY_SESSIONS'] ?? '1000,5000').split(',').map(Number)
const node = await startNode(t, { usualPatience: true, env: { RATE_LIMITS: 'off', SESSIONS_PER_USER: '10000' } })
const { pool } = node.database
const admin = await registerAdmin(node)
const { baseUrl } = node

const ways: Record<string, (owner: TokenPair, link: string) => Promise<{ status: number }>> = {
  'new password': ({ access_token: token }) =>
    call(`${baseUrl}/auth/password`, { token, body: { current_password: password, new_password: newPassword } }),
  reset: (_, link) => reset(node, link),
  'disabled by an administrator': ({ user }) => change(node, admin, user.id, { disabled: true }),
  'signed out everywhere': ({ access_token: token }) =>
    call(`${baseUrl}/auth/sessions?scope=all`, { method: 'DELETE', token }),
  'other sessions signed out': ({ access_token: token }) =>
    call(`${baseUrl}/auth/sessions`, { method: 'DELETE', token }),
  deleted: ({ access_token: token }) => call(`${baseUrl}/auth/me`, { method: 'DELETE', token }),
}

async function addSessions(userId: string, count: number): Promise<void> {
  const sql = `INSERT INTO sessions (id, user_id, head_hash, idle_expires_at, absolute_expires_at)
    SELECT gen_random_uuid(), $1, '', now() + interval '1 day', now() + interval '1 day' FROM generate_series(1, $2)`
  for (let left = count; left > 0; left -= 10_000) await pool.query(sql, [userId, Math.min(left, 10_000)])
}

for (const count of numbers) {
  t.test(`${count} sessions`, async (t) => {
    for (const [name, act] of Object.entries(ways)) {
      const measure = async () => {
        const owner = await register(baseUrl)
        const thief = (await login(node, owner.user.email)).body as Record<string, string>
        await addSessions(owner.user.id, count)
        const link = name === 'reset' ? await newResetToken(node, owner.user) : ''
        const from = performance.now()
        const { status } = await act(owner, link)
        return { status, ms: Math.round(performance.now() - from), thief }
      }
      const { status, ms, thief } = await untilGood(measure, (one) => one.ms < 1000 && one.status < 300)
      t.ok([200, 204].includes(status), `${name}: ${status}`)
      t.equal(
        (await refresh(baseUrl, thief['refresh_token'] ?? '')).status,
        401,
        `${name}: the session of a thief is over`,
      )
      t.ok(ms < 1000, `${name}: ${ms} ms`)
      t.comment(`${count} sessions, ${name}: ${ms} ms`)
    }
  })
}
