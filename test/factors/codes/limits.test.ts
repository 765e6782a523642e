/** Wrong codes at the sign-in are limited on all nodes, and do not keep the user out. */
import t from 'tap'
import { call, password } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { registerWithApp, wrongCode } from '../../setup/totp.ts'

const free = await startNode(t)
// The test is a trusted proxy, so that it may choose the addresses of its clients.
const env = {
  TRUSTED_PROXIES: '127.0.0.1',
  RATE_LIMITS: 'factor_account=3/86400,factor_address=6/86400,factor_device=3/86400,login_account=0,login_address=0',
}
const node = await startNode(t, { databaseUrl: free.databaseUrl, env })
const other = await startNode(t, { databaseUrl: free.databaseUrl, env })
const nodes = [node, other]
/** Makes every wait last, however slow this machine is. */
const holdWaits = () => free.database.pool.query(`UPDATE attempts SET next_at = now() + interval '1 hour'`)
let addresses = 0
const address = () => `198.51.100.${++addresses}`

const begin = async (email: string, from: string, device?: string) => {
  const body = { email, password, ...(device ? { device_token: device } : {}) }
  return (await call<{ attempt: string }>(`${node.baseUrl}/auth/login`, { body, from })).body.attempt
}
const goOn = (
  given: { attempt: string; code: string; method?: string; device?: string | undefined },
  from: string,
  at = node.baseUrl,
) => {
  const { attempt, code, method = 'totp', device } = given
  const body = { attempt, method, code, ...(device ? { device_token: device } : {}) }
  return call<{ code?: string }>(`${at}/auth/login/factor`, { body, from })
}

t.test('wrong codes for an account count over attempts, addresses and nodes', async (t) => {
  const { user, app } = await registerWithApp(free)
  const codes: unknown[] = []
  for (let i = 0; i < 5; i++) {
    const from = address()
    const attempt = await begin(user.email, from)
    const answer = await goOn({ attempt, code: wrongCode(app.secret) }, from, nodes[i % 2]?.baseUrl)
    codes.push(answer.body.code)
    if (i === 2) await holdWaits()
    if (answer.status === 429) t.match(answer.headers.get('retry-after'), /^\d+$/)
  }
  t.same(codes, [...Array.from({ length: 3 }, () => 'invalid_factor'), 'rate_limited', 'rate_limited'])

  const from = address()
  const attempt = await begin(user.email, from)
  const recovery = { attempt, method: 'recovery_code', code: app.recoveryCodes[0] ?? '' }
  t.equal((await goOn(recovery, from)).status, 200, 'a recovery code waits for no wrong code')
})

t.test('a refused code uses up no try of its attempt', async (t) => {
  const { user, app } = await registerWithApp(free)
  const from = address()
  for (let i = 0; i < 3; i++) {
    await goOn({ attempt: await begin(user.email, from), code: wrongCode(app.secret) }, from)
  }
  await holdWaits()
  const attempt = await begin(user.email, from)
  const answers = await Promise.all(Array.from({ length: 5 }, () => goOn({ attempt, code: app.code() }, address())))
  t.ok(answers.every(({ status }) => status === 429))
  const tried = 'SELECT tries FROM signin_attempts WHERE user_id = $1 ORDER BY created_at DESC LIMIT 1'
  t.equal((await free.database.pool.query(tried, [user.id])).rows[0]?.tries, 0)
})

t.test('wrong codes from one address count over accounts, recovery codes too', async (t) => {
  const from = address()
  const codes: unknown[] = []
  for (let i = 0; i < 4; i++) {
    const { user, app } = await registerWithApp(free)
    const attempt = await begin(user.email, from)
    codes.push((await goOn({ attempt, code: wrongCode(app.secret) }, from)).body.code)
    codes.push((await goOn({ attempt, method: 'recovery_code', code: 'A'.repeat(24) }, from)).body.code)
    if (i === 2) await holdWaits()
  }
  t.same(codes, [...Array.from({ length: 6 }, () => 'invalid_factor'), 'rate_limited', 'rate_limited'])
})

t.test('the user gets in from a trusted device while a stranger guesses', async (t) => {
  const {
    user,
    app,
    device_token: device,
  } = await (async () => {
    const ada = await registerWithApp(free)
    const from = address()
    const attempt = await begin(ada.user.email, from)
    const body = { attempt, method: 'recovery_code', code: ada.app.recoveryCodes[0] }
    const answer = await call<{ device_token: string }>(`${node.baseUrl}/auth/login/factor`, { body, from })
    return { ...ada, device_token: answer.body.device_token }
  })()
  const from = address()
  for (let i = 0; i < 4; i++) {
    await goOn({ attempt: await begin(user.email, from), code: wrongCode(app.secret) }, from)
  }
  await holdWaits()
  const attempt = await begin(user.email, from, device)
  t.equal((await goOn({ attempt, code: app.code(), device }, from)).status, 200)

  const eve = await registerWithApp(free)
  const hers = await begin(eve.user.email, from)
  for (let i = 0; i < 3; i++) await goOn({ attempt: hers, code: wrongCode(eve.app.secret) }, address())
  await holdWaits()
  const again = await begin(eve.user.email, from, device)
  t.equal((await goOn({ attempt: again, code: eve.app.code(), device }, from)).status, 429, 'for its own account alone')
})
