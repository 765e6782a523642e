/** `countersign keys`, as an operator runs it while nodes are running. */
import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { refresh, register, whoami } from '../../setup/client.ts'
import { startNode, testSecret } from '../../setup/node.ts'

const node = await startNode(t)
const other = await startNode(t, { databaseUrl: node.databaseUrl })

/** Runs the command and returns its output. Rejects if the command fails. */
async function keys(...args: string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: node.databaseUrl, COUNTERSIGN_SECRET: testSecret }
  const { stdout } = await promisify(execFile)(process.execPath, ['src/main.ts', 'keys', ...args], { env })
  return stdout
}

t.test('list prints every key with its state', async (t) => {
  const [heading, signing, next, ...more] = (await keys('list')).trimEnd().split('\n')
  t.match(heading, /^KID +ALG +STATE +SIGNS FROM$/)
  t.match(
    signing,
    new RegExp(`^${node.keyRing.signing.kid} +ES256 +signing +\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$`),
  )
  t.match(next, /^\S{43} +ES256 +next /)
  t.same(more, [])
})

t.test('rotate prints the key that will sign, and when it begins', async (t) => {
  const waits = node.keyRing.verification[1]?.kid ?? ''
  const before = Date.now()
  const [, kid, time = ''] = /^Key (\S+) signs from (\S+) on\.\n$/.exec(await keys('rotate')) ?? []
  const after = Date.now()
  t.equal(kid, waits)
  // The time is printed in whole seconds.
  t.ok(Date.parse(time) >= before + 299_000 && Date.parse(time) <= after + 311_000, `at ${time}`)
})

t.test(
  'after revoke, every node refuses tokens of the key at once, and their sessions get tokens of the next key',
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
      t.equal(renewed.status, 200, 'the session can be refreshed')
      for (const url of urls)
        t.equal((await whoami(url, renewed.body.access_token)).status, 200, 'every node accepts the new token')
    }
  },
)

t.test('a failure is printed on stderr without a stack, and the exit status is 1', async (t) => {
  await t.rejects(keys('revoke', 'nobody'), { code: 1, stderr: /^There is no key nobody\.\n$/ })
})
