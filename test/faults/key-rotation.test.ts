/** Signing keys are rotated and revoked under load with the commands of an operator. No valid token is ever refused. */
import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import { startBalancer } from '../setup/balancer.ts'
import { call } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { freePort } from '../setup/free-port.ts'
import { testSecret } from '../setup/node.ts'
import { launch, startServer } from '../setup/server-process.ts'
import { startTraffic, type Traffic, type Verifies } from './key-traffic.ts'

const rotations = Number(process.env['ROTATIONS'] ?? 3)
// In the long form old keys are removed, 50 s after they have signed their last token.
const isLong = rotations >= 10
// On a machine that does other work, a node may be late.
const deniedWithinMs = isLong ? 1500 : 9000
const credential = 'notes:a-credential-of-the-service-in-this-test'

async function startService(t: Test, issuer: string): Promise<Verifies> {
  const port = await freePort()
  const env = { AUTH_URL: issuer, SERVICE_CREDENTIAL: credential, PORT: String(port) }
  const { child, exited, output } = launch(
    { ...env, NODE_OPTIONS: '--conditions=countersign-source' },
    'examples/resource-server/server.ts',
  )
  t.teardown(() => child.kill('SIGKILL') && exited)
  while (!output().includes('Notes at')) {
    if (child.exitCode !== null) throw new Error(`the service ended: ${output()}`)
    await sleep(20)
  }
  const ask = async (token: string) => (await call(`http://localhost:${port}/notes`, { token })).status
  while ((await ask('nobody')) !== 401) await sleep(20)
  return { name: 'service', ask }
}

async function startAll(t: Test) {
  const balancer = await startBalancer()
  t.teardown(balancer.stop)
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const env = {
    DATABASE_URL: url,
    PUBLIC_URL: balancer.baseUrl,
    JWKS_MAX_AGE_SECONDS: '1',
    ACCESS_TOKEN_SECONDS: '10',
    SERVICE_CREDENTIALS: credential,
    LOG_LEVEL: 'warn',
  }
  const nodes = await Promise.all([startServer(env), startServer(env), startServer(env)])
  balancer.servers.push(...nodes.map(({ baseUrl }) => baseUrl))
  t.teardown(async () => {
    for (const { child } of nodes) child.kill('SIGTERM')
    await Promise.all(nodes.map(({ exited }) => exited))
  })
  const service = await startService(t, balancer.baseUrl)
  return {
    url,
    nodes,
    traffic: await startTraffic({ nodes: nodes.map(({ baseUrl }) => baseUrl), service, users: 6 }),
    keys: async (...args: string[]) => {
      const given = { ...process.env, ...env, COUNTERSIGN_SECRET: testSecret }
      return (await promisify(execFile)(process.execPath, ['src/main.ts', 'keys', ...args], { env: given })).stdout
    },
  }
}

type All = Awaited<ReturnType<typeof startAll>>

/** Rotates until the last of the new keys signs. Returns the keys in the order in which they signed. */
async function rotate({ traffic, keys }: All): Promise<string[]> {
  const kids = [await traffic.firstKey()]
  for (let i = 0; i < rotations; i++) {
    kids.push(/^Key (\S+) signs from/.exec(await keys('rotate'))?.[1] ?? '')
    await sleep(1500)
  }
  await traffic.tokenOf(kids.at(-1) ?? '')
  return kids
}

/** Revokes the signing key. Returns the milliseconds until each verifier denied a token of it. */
async function revoke({ url, traffic, keys }: All, kid: string): Promise<number[]> {
  traffic.expectRevocation(kid)
  const revoking = keys('revoke', kid)
  const deniedAt = traffic.verifiers.map(async ({ name, ask }) => {
    for (;;) {
      // The newest one, because the command may take longer than a token lives.
      const token = await traffic.tokenOf(kid)
      const status = await ask(token.text)
      const at = Date.now()
      if (status === 401 && at < token.expiresAt) return at
      if (at > token.expiresAt + 60_000) throw new Error(`${name} let the token live until it expired`)
      await sleep(2)
    }
  })
  await revoking
  const client = new Client(url)
  await client.connect()
  // The time is taken before the write, so the measured time is an upper bound.
  const { rows } = await client.query('SELECT revoked_at FROM signing_keys WHERE kid = $1', [kid])
  await client.end()
  return Promise.all(deniedAt.map(async (at) => (await at) - +rows[0].revoked_at))
}

/** For each key, how long all verifiers had it before it signed, and how long it stayed after the next one signed. */
function lives({ seen }: Traffic, kids: readonly string[]) {
  const signedAt = (kid: string | undefined) => seen.signed.get(kid ?? '')?.firstAt ?? Number.NaN
  const published = (kid: string | undefined) => seen.published.get(kid ?? '')
  return {
    lead: kids.slice(1).map((kid) => (signedAt(kid) - (published(kid)?.everywhereAt ?? Infinity)) / 1000),
    stay: kids.slice(0, -1).map((kid, i) => ((published(kid)?.lastAt ?? 0) - signedAt(kids[i + 1])) / 1000),
  }
}

async function untilKeys({ nodes }: All, howMany: number): Promise<void> {
  for (const { baseUrl } of nodes) {
    const count = async () => (await call<{ keys: object[] }>(`${baseUrl}/.well-known/jwks.json`)).body.keys.length
    while ((await count()) > howMany) await sleep(200)
  }
}

const range = (numbers: readonly number[], digits = 1) =>
  `${Math.min(...numbers).toFixed(digits)} to ${Math.max(...numbers).toFixed(digits)}`

t.setTimeout(600_000)

t.test(`${rotations} rotations, then a revocation, under load`, { timeout: 600_000 }, async (t) => {
  const all = await startAll(t)
  const { traffic } = all
  const { seen } = traffic
  const from = performance.now()

  const kids = await rotate(all)
  await sleep(1000)
  const used = () => Object.entries(seen.uses).map(([name, count]) => `${name} ${count}`)
  t.comment(`${seen.logins} logins, ${seen.refreshes} refreshes; access tokens used at ${used().join(', ')}`)
  t.same(seen.wrong.slice(0, 5), [], 'no valid token was refused, no server error, no session lost')
  t.same([...seen.signed.keys()], kids, `${kids.length} keys have signed, in their order`)
  const { lead } = lives(traffic, kids)
  t.comment(`seconds in the keys of every node before the first signature: ${range(lead)}`)
  // Services may cache the keys for one second, and a node may be five seconds behind.
  t.ok(Math.min(...lead) > 6, 'no key signs before everybody must have it')

  const last = kids.at(-1) ?? ''
  const refreshesBefore = seen.refreshes
  const denied = await revoke(all, last)
  t.comment(
    `after the revocation denied on the nodes within ${range(denied.slice(0, -1), 0)} ms, at the service ${denied.at(-1)} ms`,
  )
  t.ok(Math.min(...denied) >= 0 && Math.max(...denied) < deniedWithinMs, 'and not before')
  for (let i = 0; i < 3000 && seen.signed.size === kids.length; i++) await sleep(20)
  await sleep(3000)
  const [next = ''] = [...seen.signed.keys()].slice(-1)
  t.not(next, last, 'another key signs')
  t.comment(`${seen.refreshes - refreshesBefore} refreshes since; ${seen.denied} uses of its tokens denied`)
  t.same(seen.wrong.slice(0, 5), [], 'tokens of other keys are let in, sessions go on')

  if (isLong) {
    await untilKeys(all, 2)
    const { stay } = lives(traffic, kids.slice(0, -1))
    t.comment(`seconds in the published keys after the next one signs: ${range(stay)}`)
    t.ok(Math.min(...stay) > 10, 'longer than the last token lives')
    t.ok(Math.max(...stay) < 60, 'and not much longer')
  }
  await traffic.stop()
  t.same(seen.wrong.slice(0, 5), [], 'nor was anything wrong since')
  const uses = Object.values(seen.uses).reduce((sum, count) => sum + count, 0)
  t.comment(
    `in all ${uses} uses in ${Math.round((performance.now() - from) / 1000)} s, ${seen.wrong.length} of them wrong`,
  )
})
