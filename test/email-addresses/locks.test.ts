/** A link that is opened while another request revokes links: the two run one after the other, and neither fails. */
import t from 'tap'
import { call, password, type Registered, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { linkTo } from '../setup/read-mails.ts'
import { whileHeld } from '../setup/waiting.ts'

const log: string[] = []
const keep = { log: (line: string) => void log.push(line) }
const node = await startNode(t, keep)
const other = await startNode(t, { ...keep, databaseUrl: node.databaseUrl })
const verify = (token: string) => call(`${node.baseUrl}/auth/email/verify`, { body: { token } })
const refused = { status: 400, body: { code: 'invalid_one_time_token' } }

/** A user who has asked for a change of address, and the link that was sent there. */
async function changing(): Promise<{ pair: Registered; link: string }> {
  const pair = await register(node.baseUrl)
  const address = `new-${pair.user.email}`
  await call(`${node.baseUrl}/auth/email/change`, { token: pair.access_token, body: { new_email: address } })
  return { pair, link: await linkTo(node, address) }
}

t.test('a link to a new address waits for a password change at each statement', async (t) => {
  const { pair, link } = await changing()
  const { id } = pair.user
  const answer = await whileHeld(
    node,
    (query) => query(`UPDATE users SET password_hash = password_hash || 'x' WHERE id = $1`, [id]),
    () => verify(link),
    (query) => query('DELETE FROM one_time_tokens WHERE user_id = $1', [id]),
  )
  t.match(answer, refused)
})

t.test('a link that verifies an address waits while the next one is being made', async (t) => {
  const { user } = await register(node.baseUrl)
  const link = await linkTo(node, user.email)
  const answer = await whileHeld(
    node,
    (query) => query('SELECT FROM users WHERE id = $1 FOR SHARE', [user.id]),
    () => verify(link),
    (query) => query('DELETE FROM one_time_tokens WHERE user_id = $1', [user.id]),
  )
  t.match(answer, refused)
})

t.test('links, password changes and deletions at once on two nodes: none fails', async (t) => {
  const outcomes: string[] = []
  for (let round = 0; round < 12; round++) {
    const { pair, link } = await changing()
    const { access_token: token, user } = pair
    const first = await linkTo(node, user.email)
    const next = { current_password: password, new_password: 'another sentence that is long' }
    const leave = () => call(`${other.baseUrl}/auth/me`, { method: 'DELETE', token })
    const change = () => call(`${other.baseUrl}/auth/password`, { token, body: next })
    const resend = () => call(`${other.baseUrl}/auth/email/resend`, { body: { email: user.email } })
    const answers = await Promise.all([verify(link), round % 2 ? leave() : change(), verify(first), resend()])
    outcomes.push(answers.map(({ status }) => status).join())
    t.notOk(
      answers.some(({ status }) => status >= 500),
      `round ${round}`,
    )
  }
  t.comment(outcomes.join('; '))
  t.notOk(
    log.some((line) => /deadlock/.test(line)),
    'nobody waits for each other',
  )
})
