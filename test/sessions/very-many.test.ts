/** Ending the sessions of a user who has very many, for example because a thief of the password logged in again and again. */
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { newPassword, newResetToken, reset } from '../passwords/mailbox.ts'
import { endSessions, registerAdmin } from '../setup/admins.ts'
import { call, password, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

const log: string[] = []
const node = await startNode(t, { log: (line) => void log.push(line) })
const admin = await registerAdmin(node)

async function personWith(sessions: number): Promise<TokenPair> {
  const owner = await register(node.baseUrl)
  const sql = `INSERT INTO sessions (id, user_id, head_hash, idle_expires_at, absolute_expires_at)
    SELECT gen_random_uuid(), $1, '', now() + interval '1 day', now() + interval '1 day' FROM generate_series(2, $2)`
  await node.database.pool.query(sql, [owner.user.id, sessions])
  return owner
}
const live = async ({ user }: TokenPair) => {
  const sql = 'SELECT FROM sessions WHERE user_id = $1 AND revoked_at IS NULL'
  return (await node.database.pool.query(sql, [user.id])).rowCount
}
const changePassword = ({ access_token: token }: TokenPair) =>
  call(`${node.baseUrl}/auth/password`, { token, body: { current_password: password, new_password: newPassword } })
const signAllOut = ({ access_token: token }: TokenPair) =>
  call(`${node.baseUrl}/auth/sessions?scope=all`, { method: 'DELETE', token })

t.test('all sessions end, also when they are too many for one statement', async (t) => {
  const ways: Record<string, { act: (owner: TokenPair) => Promise<{ status: number }>; left: number }> = {
    'a new password': { act: changePassword, left: 1 },
    'a reset': { act: async (owner) => reset(node, await newResetToken(node, owner.user)), left: 0 },
    'an administrator': { act: ({ user }) => endSessions(node, admin, user.id), left: 0 },
  }
  for (const [name, { act, left }] of Object.entries(ways)) {
    const owner = await personWith(7000)
    const from = performance.now()
    t.equal((await act(owner)).status, 204, name)
    t.comment(`${name}: ${Math.round(performance.now() - from)} ms`)
    t.equal(await live(owner), left)
  }
})

t.test('two requests that end the same sessions at once do not wait for each other', async (t) => {
  for (let round = 0; round < 5; round++) {
    const owner = await personWith(2000)
    const answers = await Promise.all([endSessions(node, admin, owner.user.id), signAllOut(owner)])
    t.equal(answers[0].status, 204)
    t.ok([204, 401].includes(answers[1].status), `${answers[1].status}`)
    t.equal(await live(owner), 0)
  }
  t.same(
    log.filter((line) => /deadlock/.test(line)),
    [],
  )
})
