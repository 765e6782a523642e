/** A proxy that the settings do not know is told once. A stranger cannot use the warning. */
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { createServer } from '../../src/http/server.ts'

type Ask = (remoteAddress: string, headers?: Record<string, string>) => Promise<void>

/** A server, and a function that sends a request and returns the warnings that it caused. */
async function create(t: Test, trustedProxies: readonly string[] = []) {
  const warnings: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => warnings.push(JSON.parse(line).msg) })
  const app = await createServer({ logger, trustedProxies })
  t.teardown(() => app.close())
  app.get('/', async () => 'ok')
  const ask: Ask = async (remoteAddress, headers = {}) => {
    t.equal((await app.inject({ url: '/', remoteAddress, headers })).statusCode, 200)
  }
  return { ask, warnings }
}
const forwarded = { 'x-forwarded-for': '198.51.100.7' }

t.test('X-Forwarded-For from a private address is told once, with that address and the setting', async (t) => {
  const { ask, warnings } = await create(t)
  for (const address of ['10.1.2.3', '203.0.113.9', '::1']) await ask(address)
  t.same(warnings, [], 'requests without the header say nothing')
  for (const address of ['10.1.2.3', '10.1.2.3', '192.168.7.7']) await ask(address, forwarded)
  t.match(warnings, [
    /^x-forwarded-for arrived from 10\.1\.2\.3, and TRUSTED_PROXIES is unset.*TRUSTED_PROXIES=10\.1\.2\.3$/,
  ])
  t.notMatch(warnings.join(), /198\.51\.100/, 'the header holds an address of a client')
})

t.test('Forwarded and X-Real-IP count too, and IPv4 is recognised inside IPv6', async (t) => {
  for (const headers of [{ forwarded: 'for=198.51.100.7' }, { 'x-real-ip': '198.51.100.7' }]) {
    for (const address of ['::ffff:10.0.0.8', 'fd00::8', '127.0.0.1', '::1']) {
      const { ask, warnings } = await create(t)
      await ask(address, headers)
      t.match(warnings, [`${Object.keys(headers).join('')} arrived from ${address.replace('::ffff:', '')}, `], address)
    }
  }
})

t.test('a stranger is told once, without an address, and takes no warning away', async (t) => {
  const { ask, warnings } = await create(t)
  for (let i = 0; i < 300; i++) await ask(`203.0.113.${i % 250}`, forwarded)
  t.match(warnings, [/^x-forwarded-for arrived from an address of the internet/])
  t.notMatch(warnings.join(), /203\.0\.113|=/, 'nothing to copy into the settings')
  await ask('10.1.2.3', forwarded)
  t.equal(warnings.length, 2)
})

t.test('with TRUSTED_PROXIES, only a peer that is not in it is told', async (t) => {
  const { ask, warnings } = await create(t, ['10.0.0.0/8', 'fd00::/8'])
  for (const address of ['10.1.2.3', 'fd00::7', '::ffff:10.0.0.8']) await ask(address, forwarded)
  t.same(warnings, [])
  for (let i = 0; i < 3; i++) await ask('192.168.1.4', forwarded)
  t.match(warnings, [/192\.168\.1\.4.*does not list.*TRUSTED_PROXIES=10\.0\.0\.0\/8,fd00::\/8,192\.168\.1\.4$/])
})

t.test('a known proxy that sends another header alone is told once', async (t) => {
  const { ask, warnings } = await create(t, ['10.0.0.0/8'])
  for (let i = 0; i < 3; i++) await ask('10.1.2.3', { 'x-real-ip': '198.51.100.7' })
  t.match(warnings, [/sends x-real-ip and no x-forwarded-for/])
})
