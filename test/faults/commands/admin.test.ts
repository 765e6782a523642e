/** `countersign admin`, as an operator runs it beside a server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { createFactorResetStore } from '../../../src/admin/factor-resets/factor-reset-store.ts'
import { createUserAdminStore } from '../../../src/admin/user-admin-store.ts'
import { readAdminOrder } from '../../../src/commands/admin.ts'
import { changeAdmins } from '../../../src/commands/change-admins.ts'
import { StartError } from '../../../src/config/start-error.ts'
import { auditRows, registerAdmin } from '../../setup/admins.ts'
import { call, password as ours, refresh, register } from '../../setup/client.ts'
import { untilDenied } from '../../setup/denial.ts'
import { startNode, testSecret } from '../../setup/node.ts'

const node = await startNode(t)
const { PATH, NODE_COMPILE_CACHE } = process.env
const env = {
  PATH,
  NODE_COMPILE_CACHE,
  DATABASE_URL: node.databaseUrl,
  COUNTERSIGN_SECRET: testSecret,
  BCRYPT_COST: '10',
}

/** Runs the command. Its stdin is the piped text, or /dev/null if there is none. */
async function admin(args: readonly string[], piped?: string) {
  const stdin = piped === undefined ? 'ignore' : 'pipe'
  const child = spawn(process.execPath, ['src/main.ts', 'admin', ...args], { env, stdio: [stdin, 'pipe', 'pipe'] })
  child.stdin?.end(piped)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')])
  return { code, stdout, stderr }
}
const login = (email: string, password: string) => call(`${node.baseUrl}/auth/login`, { body: { email, password } })

t.test('create prints a link that sets the first password, once, and no password works before', async (t) => {
  const { code, stdout } = await admin(['create', 'First@Example.com'])
  t.equal(code, 0)
  const [, token = ''] =
    /^First@Example\.com is an administrator\.\nSet the password within 15 minutes: http:\S+\/reset-password#token=(\S{43})\n$/.exec(
      stdout,
    ) ?? []
  for (const guess of ['', token]) t.not((await login('first@example.com', guess)).status, 200)
  const set = () => call(`${node.baseUrl}/auth/password/reset`, { body: { token, password: ours } })
  t.equal((await set()).status, 204)
  t.match(await set(), { status: 400, body: { code: 'invalid_one_time_token' } })
  const { status, body } = await login('first@example.com', ours)
  t.equal(status, 200)
  t.same((body['user'] as { roles: string[] }).roles, ['admin'])
  const answer = await call(`${node.baseUrl}/admin/users`, { token: String(body['access_token']) })
  t.match(answer, { status: 200, body: { users: [{ email: 'First@Example.com', email_verified: true }] } })
  const nobody = { actor_id: null, ip: null, request_id: null, subject_id: String }
  const events = await auditRows(node, `type IN ('account_registered', 'admin_roles_changed')`)
  t.equal(events.length, 2)
  t.match(events, [
    { type: 'account_registered', ...nobody },
    { type: 'admin_roles_changed', ...nobody, detail: { added: ['admin'], removed: [] } },
  ])
})

t.test('create --password-stdin takes the password from stdin and does not print it', async (t) => {
  const password = ' a password with spaces at both ends '
  const { code, stdout } = await admin(['create', 'piped@example.com', '--password-stdin'], `${password}\n`)
  t.equal(code, 0)
  t.equal(stdout, 'piped@example.com is an administrator.\n')
  t.equal((await login('piped@example.com', password)).status, 200)
})

t.test('create without --password-stdin does not read stdin', async (t) => {
  const open = spawn('sleep', ['300'])
  t.teardown(() => open.kill())
  const args = ['src/main.ts', 'admin', 'create', 'unasked@example.com']
  const child = spawn(process.execPath, args, { env, stdio: [open.stdout, 'ignore', 'ignore'] })
  t.same(await once(child, 'exit'), [0, null])
  t.equal(open.exitCode, null, 'the pipe is still open')
})

t.test('grant and revoke change the role, and every node denies the earlier tokens', async (t) => {
  const ada = await register(node.baseUrl, 'granted@example.com')
  t.match(await admin(['grant', 'GRANTED@example.com']), {
    code: 0,
    stdout: 'granted@example.com is an administrator.\n',
  })
  await untilDenied(node, ada.access_token)
  const promoted = (await refresh(node.baseUrl, ada.refresh_token)).body
  t.equal((await call(`${node.baseUrl}/admin/users`, { token: promoted.access_token })).status, 200)
  t.match(await admin(['grant', 'granted@example.com']), {
    code: 0,
    stdout: 'granted@example.com is an administrator already.\n',
  })
  t.match(await admin(['revoke', 'granted@example.com']), {
    code: 0,
    stdout: 'granted@example.com is no administrator.\n',
  })
  await untilDenied(node, promoted.access_token)
  const events = await auditRows(node, `subject_id = $1 AND type LIKE 'admin%'`, [ada.user.id])
  t.same(
    events.map(({ actor_id: actor, detail }) => ({ actor, detail })),
    [
      { actor: null, detail: { added: ['admin'], removed: [] } },
      { actor: null, detail: { added: [], removed: ['admin'] } },
    ],
  )
})

t.test('a failure is printed on stderr without a stack, and the exit status is 1', async (t) => {
  const said = await admin(['create', 'short@example.com', '--password-stdin'], 'short')
  t.same(said, { code: 1, stdout: '', stderr: 'The password must have at least 8 characters.\n' })
})

t.test('a command that fails ends with a sentence that says what is wrong', async (t) => {
  await node.database.pool.query(`UPDATE users SET roles = '{}'`)
  await registerAdmin(node, 'last@example.com')
  const laden = await register(node.baseUrl, 'laden@example.com')
  await node.database.pool.query('UPDATE users SET roles = $2 WHERE id = $1', [
    laden.user.id,
    ['x'.repeat(50), 'y'.repeat(45)],
  ])
  const cases: [args: string[], stderr: RegExp, piped?: string][] = [
    [['create', 'LAST@example.com'], /^LAST@example\.com already has an account\. Use: countersign admin grant/],
    [['grant', 'a@example.com'], /^a@example\.com has no account\. Use: countersign admin create/],
    [['revoke', 'last@example.com'], /^At least one administrator must remain\.$/],
    [['grant', 'laden@example.com'], /^laden@example\.com has so many roles that an access token has no room /],
    [['reset-factors', 'a@example.com'], /^a@example\.com has no account\.$/],
    [['create', 'a@example.com'], /^The password must have at least 8 characters\.$/, 'short'],
    [['create', 'a@example.com'], /^The password must have at most 256 .+$/, 'x'.repeat(300)],
    [['create', 'a@example.com'], /^The password must not be one of .+$/, 'password1'],
  ]
  const { config } = node
  const users = createUserAdminStore(node.database)
  const resets = createFactorResetStore(node.database)
  const secrets = () => Promise.resolve([testSecret])
  for (const [args, stderr, piped] of cases) {
    const options = new Set(piped === undefined ? [] : ['password-stdin'])
    const order = readAdminOrder({ words: args, options })
    const failed = changeAdmins(
      { config, users, resets, secrets, readStdin: () => Promise.resolve(piped ?? '') },
      order,
    )
    const error = await failed.catch((reason: unknown) => reason)
    t.ok(error instanceof StartError)
    t.match((error as Error).message, stderr, args.join(' '))
    t.notMatch((error as Error).message, /short|xxx/)
  }
})
