/** Routes of this server that require two factors: those of administrators by policy, and those that can take an account by what its user has. */
import t, { type Test } from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { ask, auditRows, change, withRoles } from '../setup/admins.ts'
import { call, refresh, register } from '../setup/client.ts'
import { addTotp } from '../setup/factors.ts'
import { type Node, startNode } from '../setup/node.ts'
import { withMethods } from '../setup/sessions.ts'

const two = ['pwd', 'otp', 'mfa']
const missing = { status: 401, body: { code: 'second_factor_required' } }
const startWith = (t: Test, env: Record<string, string>) => startNode(t, { env })

/** An administrator who signed in with one factor, and the same one after a sign-in with two. */
async function administrators(node: Node, roles: readonly string[] = ['admin']) {
  const one = await withRoles(node, await register(node.baseUrl), roles)
  return { one, two: () => withMethods(node, one, two) }
}

const policies: Record<string, { env: Record<string, string>; roles?: string[]; requires: boolean }> = {
  'FACTORS_REQUIRED=never': { env: { FACTORS_REQUIRED: 'never', FACTORS_REQUIRED_ROLES: 'admin' }, requires: false },
  'FACTORS_REQUIRED=optional': { env: {}, requires: false },
  'FACTORS_REQUIRED=administrators': { env: { FACTORS_REQUIRED: 'administrators' }, requires: true },
  'FACTORS_REQUIRED=always': { env: { FACTORS_REQUIRED: 'always' }, requires: true },
  'a role of the administrator': {
    env: { FACTORS_REQUIRED_ROLES: 'editor' },
    roles: ['admin', 'editor'],
    requires: true,
  },
  'another role': { env: { FACTORS_REQUIRED_ROLES: 'editor' }, requires: false },
}

for (const [name, { env, roles, requires }] of Object.entries(policies)) {
  t.test(`${name}: administration ${requires ? 'requires' : 'does not require'} two factors`, async (t) => {
    // The account of an administrator is opened where nothing is required.
    const open = await startNode(t)
    const node = await startNode(t, { env, databaseUrl: open.databaseUrl })
    const { user } = await register(open.baseUrl)
    const admin = await administrators(open, roles)
    const at = (pair: TokenPair) => ({ ...node, pair })
    const requests = (pair: TokenPair) => [
      ask(at(pair), pair, '/admin/users'),
      ask(at(pair), pair, '/admin/audit'),
      change(at(pair), pair, user.id, { roles: [] }),
    ]
    for (const answer of await Promise.all(requests(admin.one))) t.match(answer, requires ? missing : { status: 200 })
    const refused = await auditRows(node, `type = 'admin_refused'`)
    t.equal(refused.length, requires ? 3 : 0, 'each refused route leaves an event')
    for (const { detail } of refused) t.match(detail, { code: 'second_factor_required' })
    const strong = await admin.two()
    for (const answer of await Promise.all(requests(strong))) t.match(answer, { status: 200 })
  })
}

t.test('a user without the role is refused for that, whatever is missing', async (t) => {
  const open = await startNode(t)
  const node = await startNode(t, { env: { FACTORS_REQUIRED: 'always' }, databaseUrl: open.databaseUrl })
  const user = await register(open.baseUrl)
  t.match(await ask(node, user, '/admin/users'), { status: 403, body: { code: 'forbidden' } })
})

t.test('who has a second factor must have signed in with it to export, move or delete the account', async (t) => {
  const node = await startWith(t, {})
  const exportOf = ({ access_token: token }: TokenPair, { baseUrl }: Node = node) =>
    call(`${baseUrl}/auth/me/export`, { token })
  const changeEmail = ({ access_token: token }: TokenPair) =>
    call(`${node.baseUrl}/auth/email/change`, { token, body: { new_email: 'new@example.com' } })
  const remove = ({ access_token: token }: TokenPair) => call(`${node.baseUrl}/auth/me`, { method: 'DELETE', token })
  const user = await register(node.baseUrl)
  await addTotp(node.database, user.user.id)
  const { body: one } = await refresh(node.baseUrl, user.refresh_token)
  for (const request of [exportOf, changeEmail, remove]) {
    const answer = await request(one)
    t.match(answer, missing)
    t.match(answer.headers.get('www-authenticate'), 'acr_values="aal2", max_age="600"')
  }
  const strong = await withMethods(node, one, two)
  t.match([await exportOf(strong), await changeEmail(strong)], [{ status: 200 }, { status: 202 }])
  const never = await startNode(t, { env: { FACTORS_REQUIRED: 'never' }, databaseUrl: node.databaseUrl })
  const { body: again } = await refresh(node.baseUrl, strong.refresh_token)
  const weak = await withMethods(node, again, ['pwd'])
  t.match(await exportOf(weak, never), { status: 200 }, 'where nobody is asked, one factor is enough')
  t.match(await remove(await withMethods(node, weak, two)), { status: 204 })
})
