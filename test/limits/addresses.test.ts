/** The address of the client, and which proxies may tell it. */
import t from 'tap'
import { auditRows } from '../setup/admins.ts'
import { register } from '../setup/client.ts'
import { forgetAttempts, guess, startLimited, tally } from './place.ts'

const rates = 'requests=0,login_account=0,login_address=5/600'
const node = await startLimited(t, { env: { RATE_LIMITS: rates } })
const behind = await startLimited(t, {
  databaseUrl: node.databaseUrl,
  env: { RATE_LIMITS: rates, TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' },
})
const other = await startLimited(t, {
  databaseUrl: node.databaseUrl,
  env: { RATE_LIMITS: rates, TRUSTED_PROXIES: '127.0.0.0/8' },
})
t.beforeEach(() => forgetAttempts(node))

let users = 0
const somebody = () => `somebody-${++users}@example.com`
const from = async (one: typeof node, addresses: readonly string[]) => {
  const answers = []
  for (const address of addresses) answers.push(await guess(one, somebody(), address))
  return answers
}
const ten = Array.from({ length: 10 }, (_, i) => i + 1)

t.test(
  'without TRUSTED_PROXIES the header X-Forwarded-For is ignored: ten spoofed addresses share one budget',
  async (t) => {
    const answers = await from(
      node,
      ten.map((i) => `203.0.113.${i}`),
    )
    t.same(tally(answers), { 401: 5, 429: 5 })
    const headers = ['x-real-ip', 'forwarded', 'client-ip', 'true-client-ip', 'cf-connecting-ip', 'x-client-ip']
    for (const name of headers) {
      const { status } = await fetch(`${node.baseUrl}/auth/login`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          [name]: name === 'forwarded' ? 'for=198.51.100.1' : '198.51.100.1',
        },
        body: JSON.stringify({ email: somebody(), password: 'not the password' }),
      })
      t.equal(status, 429, name)
    }
  },
)

t.test('a spoofed address is not audited either', async (t) => {
  await from(node, ['203.0.113.77'])
  await register(node.baseUrl)
  t.same(new Set((await auditRows(node)).map(({ ip }) => ip)), new Set(['127.0.0.1']))
})

t.test('behind a trusted proxy each client has its own budget', async (t) => {
  const answers = await from(
    behind,
    ten.map((i) => `203.0.113.${i}`),
  )
  t.same(tally(answers), { 401: 10 })
  t.ok((await auditRows(node, `ip = '203.0.113.10'`)).length > 0, 'and is written down')
})

t.test(
  'what a client says to the proxy counts for nothing: the last address that is not a proxy is theirs',
  async (t) => {
    const answers = await from(
      behind,
      ten.map((i) => `198.51.100.${i}, 203.0.113.9, 10.1.2.3`),
    )
    t.same(tally(answers), { 401: 5, 429: 5 })
    const garbage = await from(behind, ['garbage, 203.0.113.9', `${'x'.repeat(2000)}, 203.0.113.9`, ', 203.0.113.9'])
    t.same(tally(garbage), { 429: 3 })
  },
)

t.test('1,000 addresses of one /64 share one budget on all nodes, and the next /64 has another', async (t) => {
  const part = () => Math.floor(Math.random() * 65_536).toString(16)
  const addresses = Array.from({ length: 1000 }, () => `2001:db8:0:7:${part()}:${part()}:${part()}:${part()}`)
  const nodes = [behind, other]
  const answers: { status: number }[] = []
  // `inject` uses no socket, because fetch would take most of the time.
  const send = async (address: string, i: number) => {
    const headers = { 'x-forwarded-for': address }
    const payload = { email: somebody(), password: 'not the password' }
    const answer = await nodes[i % 2]?.app.inject({ method: 'POST', url: '/auth/login', headers, payload })
    answers.push({ status: answer?.statusCode ?? 0 })
  }
  // More at once would take more places of the queue than one address may have, and get 503.
  for (let i = 0; i < addresses.length; i += 10) await Promise.all(addresses.slice(i, i + 10).map(send))
  const counted = tally(answers)
  t.comment(`${addresses.length} addresses: ${JSON.stringify(counted)}`)
  t.same(counted, { 401: 5, 429: addresses.length - 5 })
  t.match(await guess(behind, somebody(), '2001:db8:0:8::1'), { status: 401 })
})

t.test('an IPv4 address shares its budget with its IPv6 form', async (t) => {
  const answers = await from(behind, [
    '203.0.113.9',
    '::ffff:203.0.113.9',
    '::FFFF:cb00:7109',
    '203.0.113.9:1',
    '203.0.113.9:2',
    '203.0.113.9',
  ])
  t.same(tally(answers), { 401: 5, 429: 1 })
})

t.test(
  'a right password gives back its own attempt only, so a client cannot clear guesses by logging in to its own account',
  async (t) => {
    const { user } = await register(behind.baseUrl)
    const address = '203.0.113.200'
    const statuses: number[] = []
    for (let i = 0; i < 7; i++) {
      const mine = await fetch(`${behind.baseUrl}/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
        body: JSON.stringify({ email: user.email, password: 'correct horse battery staple' }),
      })
      const theirs = await guess(behind, somebody(), address)
      statuses.push(mine.status, theirs.status)
    }
    t.same(statuses, [200, 401, 200, 401, 200, 401, 200, 401, 200, 401, 429, 429, 429, 429])
  },
)
