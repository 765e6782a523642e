/** The settings RATE_LIMITS, TRUSTED_PROXIES and REDIS_URL: valid values, refused values, and limits that are off. */
import t from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { defaultRates } from '../../src/limits/rate.ts'
import { register } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { startServer } from '../setup/server-process.ts'
import { guess, guesses, startLimited } from './place.ts'

const rates = (text: string) => readConfig({ RATE_LIMITS: text }).rates

t.test('RATE_LIMITS changes the limits that it names, and 0 turns one off', async (t) => {
  t.same(readConfig({}).rates, defaultRates)
  t.same(rates('login_account=10/3600'), { ...defaultRates, login_account: { count: 10, seconds: 3600 } })
  const { register: _, ...others } = defaultRates
  t.same(rates(' register=0 , letters_mailbox=1/60'), { ...others, letters_mailbox: { count: 1, seconds: 60 } })
  t.same(rates('off'), {})
})

t.test('an invalid value is refused in a sentence that names the setting', async (t) => {
  const wrong = [
    'on',
    '0',
    'logins=5/60',
    'register',
    'register=',
    'register=5',
    'register=0/60',
    'register=5/0',
    'register=-1/60',
    'register=5/60,register=6/60',
    'register=1e3/60',
    'register=5/60,',
    'toString=5/60',
    '__proto__=5/60',
    'off,register=0',
    'register=5/99999999',
  ]
  for (const text of wrong) t.throws(() => rates(text), /RATE_LIMITS must be off, or limits such as/, text)
  const proxies = (text: string) => readConfig({ TRUSTED_PROXIES: text }).trustedProxies
  t.same(proxies('10.0.0.0/8, 192.0.2.1,2001:db8::/32,::1'), ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1'])
  for (const text of [
    'true',
    '1',
    'proxy.example',
    '10.0.0.0/33',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::1/129',
    '10.0.0.1,',
    'fe80::1%eth0',
    '10.0.0.0/08',
  ]) {
    t.throws(() => proxies(text), /TRUSTED_PROXIES must be addresses or networks/, text)
  }
  t.throws(() => readConfig({ REDIS_URL: 'http://redis' }), /REDIS_URL must be an address that begins with redis:/)
})

t.test('a limit that is off refuses nothing', async (t) => {
  const off = await startLimited(t, { env: { RATE_LIMITS: 'login_account=0,login_address=0' } })
  const { user } = await register(off.baseUrl)
  t.same(new Set(await guesses(off, 12, user.email)), new Set([401]))
  t.same(
    (await off.database.pool.query('SELECT count(*)::int FROM attempts')).rows,
    [{ count: 4 }],
    'only the other limits count',
  )
})

t.test('with RATE_LIMITS=off nothing is counted, and the log says so', async (t) => {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const server = await startServer({ DATABASE_URL: url, RATE_LIMITS: 'off' })
  t.match(server.output(), /"level":40[^\n]*RATE_LIMITS is off/)
  t.same(new Set(await guesses(server, 12, 'nobody@example.com')), new Set([401]))
  const answer = await guess(server, 'nobody@example.com')
  t.equal(answer.headers.get('ratelimit-limit'), null)
  server.child.kill('SIGTERM')
  t.equal(await server.exited, 0)
})
