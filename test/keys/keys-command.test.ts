/** `npm run keys`, as an operator runs it beside real servers. */
import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { refresh, register, whoami } from '../setup/client.ts'
import { startNode, testSecret } from '../setup/node.ts'

const node = await startNode(t)
const other = await startNode(t, { databaseUrl: node.databaseUrl })

/** What the command prints; rejects where it fails. */
async function keys(...args: string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: node.databaseUrl, COUNTERSIGN_SECRET: testSecret }
  const { stdout } = await promisify(execFile)(process.execPath, ['src/commands/keys.ts', ...args], { env })
  return stdout
}

t.test('list', async (t) => {
  const [heading, signing, next, ...more] = (await keys('list')).trimEnd().split('\n')
  t.match(heading, /^KID +ALG +STATE +SIGNS FROM$/)
  t.match(
    signing,
    new RegExp(`^${node.keyRing.signing.kid} +ES256 +signing +\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$`),
  )
  t.match(next, /^\S{43} +ES256 +next /)
  t.same(more, [])
})

t.test('rotate says which key signs, and when', async (t) => {
  const waits = node.keyRing.verification[1]?.kid ?? ''
  const before = Date.now()
  const [, kid, time = ''] = /^Key (\S+) signs from (\S+) on\.\n$/.exec(await keys('rotate')) ?? []
  const after = Date.now()
  t.equal(kid, waits)
  // The time is printed in whole seconds.
  t.ok(Date.parse(time) >= before + 299_000 && Date.parse(time) <= after + 311_000, `at ${time}`)
})

t.test(
  'revoke: tokens of that key die at once on every node, and their sessions go on with the next key',
  async (t) => {
    const users = await Promise.all([register(node.baseUrl), register(other.baseUrl)])
    const { kid } = node.keyRing.signing
    t.match(await keys('revoke', kid), new RegExp(`^Key ${kid} is revoked`))
    const urls = [node.baseUrl, other.baseUrl]
    const statuses = async () =>
      Promise.all(urls.flatMap((url) => users.map(async (one) => (await whoami(url, one.access_token)).status)))
    while ((await statuses()).includes(200)) await sleep(10)
    while (urls.length > 0 && [node, other].some(({ keyRing }) => keyRing.signing.kid === kid)) await sleep(10)
    for (const [i, session] of users.entries()) {
      const renewed = await refresh(urls[i] ?? '', session.refresh_token)
      t.equal(renewed.status, 200, 'the session goes on')
      for (const url of urls) t.equal((await whoami(url, renewed.body.access_token)).status, 200, 'everywhere')
    }
  },
)

t.test('what cannot be done is said in a sentence, on stderr, with a status of 1', async (t) => {
  for (const [args, stderr] of [
    [[], /^Usage: npm run keys/],
    [['drop'], /^Usage/],
    [['revoke'], /^Usage/],
    [['rotate', 'now'], /^Usage/],
    [['revoke', 'nobody'], /^There is no key nobody\.\n$/],
  ] as const) {
    await t.rejects(keys(...args), { code: 1, stderr })
  }
})
