import { readFile } from 'node:fs/promises'
import t from 'tap'
import { call, password, refresh, register, whoami } from '../setup/client.ts'
import { addTotp } from '../setup/factors.ts'
import { startNode } from '../setup/node.ts'

const credential = 'prometheus:the-credential-of-the-scraper-32+'
const node = await startNode(t, { env: { SERVICE_CREDENTIALS: credential } })

async function scrape() {
  const authorization = `Basic ${Buffer.from(credential).toString('base64')}`
  const response = await fetch(`${node.baseUrl}/metrics`, { headers: { authorization } })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}
/** The value of a metric. `name` includes its labels. */
const valueOf = (text: string, name: string) =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length),
  )

t.test('metrics are for services only', async (t) => {
  t.match(await call(`${node.baseUrl}/metrics`), { status: 401, body: { code: 'invalid_client' } })
})

t.test('the denylist: its size, its age and its position in the feed', async (t) => {
  const before = await scrape()
  t.match(before, { status: 200, type: /^text\/plain; version=0\.0\.4/ })
  t.equal(valueOf(before.text, 'countersign_revocations_entries'), 0)
  const user = await register(node.baseUrl)
  await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: user.refresh_token } })
  while (valueOf((await scrape()).text, 'countersign_revocations_last_sequence') < 1);
  const { text } = await scrape()
  t.equal(valueOf(text, 'countersign_revocations_entries'), 1)
  t.ok(valueOf(text, 'countersign_revocations_age_seconds') < 5)
  t.match(text, /^# HELP countersign_revocations_age_seconds .+\n# TYPE countersign_revocations_age_seconds gauge$/m)
})

t.test('the outcomes of logins, refreshes, verifications and requests are counted', async (t) => {
  const { baseUrl } = node
  const before = (await scrape()).text
  const user = await register(baseUrl, 'counted@example.com')
  await call(`${baseUrl}/auth/login`, { body: { email: 'counted@example.com', password } })
  await call(`${baseUrl}/auth/login`, { body: { email: 'counted@example.com', password: 'wrong' } })
  await refresh(baseUrl, user.refresh_token)
  await refresh(baseUrl, user.refresh_token)
  await refresh(baseUrl, 'nonsense')
  await whoami(baseUrl, user.access_token)
  await whoami(baseUrl, 'nonsense')
  for (const path of ['/nowhere', '/elsewhere?x=1', '/auth/whoami/more']) await call(baseUrl + path)
  const { text } = await scrape()
  const grown = (name: string) => valueOf(text, name) - (valueOf(before, name) || 0)
  const requests = (labels: string) => grown(`countersign_http_request_duration_seconds_count{${labels}}`)
  t.same(
    {
      succeeded: grown('countersign_logins_total{outcome="succeeded"}'),
      wrong: grown('countersign_logins_total{outcome="invalid_credentials"}'),
      rotated: grown('countersign_refreshes_total{outcome="rotated"}'),
      replayed: grown('countersign_refreshes_total{outcome="replayed"}'),
      invalid: grown('countersign_refreshes_total{outcome="invalid"}'),
      believed: grown('countersign_token_verifications_total{outcome="valid"}'),
      refused: grown('countersign_token_verifications_total{outcome="invalid"}'),
      logins: requests('method="POST",route="/auth/login",status="200"'),
      failedLogins: requests('method="POST",route="/auth/login",status="401"'),
      unmatched: requests('method="GET",route="unmatched",status="404"'),
    },
    {
      succeeded: 1,
      wrong: 1,
      rotated: 1,
      replayed: 1,
      invalid: 1,
      believed: 1,
      refused: 1,
      logins: 1,
      failedLogins: 1,
      unmatched: 3,
    },
  )
  t.notMatch(text, /nowhere|elsewhere|counted@/, 'nothing that a client sent')
})

t.test('the metrics of the queues, the pool and the keys of a node', async (t) => {
  const { text } = await scrape()
  const about = (name: string) => valueOf(text, `countersign_${name}`)
  t.equal(about('password_hashes_running'), 0)
  t.equal(about('password_hashes_refused_total'), 0)
  t.ok(about('database_connections_open') > 0)
  t.ok(about('signing_key_age_seconds') >= 0 && about('signing_key_age_seconds') < 300)
  t.ok(about('signing_key_next_seconds') > 86_400)
  t.equal(about('mails_dead'), 0)
  t.ok(about('event_loop_delay_p99_seconds') >= 0)
  t.ok(about('thread_pool_wait_seconds') > 0)
})

t.test('docs/reference/operations.md lists exactly the metrics that exist', async (t) => {
  const { text } = await scrape()
  const told = (await readFile('docs/reference/operations.md', 'utf8')).matchAll(/^\| `(countersign_\w+)/gm)
  const there = text.matchAll(/^# TYPE (countersign_\w+) /gm)
  const names = (found: Iterable<RegExpExecArray>) => [...found].map(([, name = '']) => name).toSorted()
  t.same(names(told), names(there))
})

t.test('without a database, only the metrics that are read from it are missing', async (t) => {
  const away = await startNode(t, { env: { SERVICE_CREDENTIALS: credential } })
  await away.database.pool.query('ALTER TABLE mails RENAME TO mails_away')
  const authorization = `Basic ${Buffer.from(credential).toString('base64')}`
  const response = await fetch(`${away.baseUrl}/metrics`, { headers: { authorization } })
  const text = await response.text()
  t.equal(response.status, 200)
  t.ok(Number.isNaN(valueOf(text, 'countersign_mails_waiting')))
  t.equal(valueOf(text, 'countersign_password_hashes_waiting'), 0)
})

t.test('proofs of sign-ins are counted by their methods, and so is each time that a factor is asked for', async (t) => {
  const { baseUrl } = node
  const before = (await scrape()).text
  const { user, access_token: token } = await register(baseUrl)
  const login = () => call(`${baseUrl}/auth/login`, { body: { email: user.email, password } })
  await login()
  await call(`${baseUrl}/auth/reauthenticate`, { token, body: { password } })
  await call(`${baseUrl}/auth/login`, { body: { email: user.email, password: 'wrong' } })
  await addTotp(node.database, user.id)
  await login()
  const { text } = await scrape()
  const grown = (labels: string) => {
    const name = `countersign_signin_proofs_total{${labels}}`
    return valueOf(text, name) - (valueOf(before, name) || 0)
  }
  t.equal(grown('goal="session",methods="pwd",outcome="succeeded"'), 2, 'the registration and the login')
  t.equal(grown('goal="session",methods="pwd",outcome="factor_required"'), 1)
  t.equal(grown('goal="step_up",methods="pwd",outcome="succeeded"'), 1)
})
