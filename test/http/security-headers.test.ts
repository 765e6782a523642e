/** Every response has the security headers of helmet. */
import helmet from '@fastify/helmet'
import Fastify from 'fastify'
import t from 'tap'
import { securityHeaders } from '../../src/http/security-headers.ts'
import { createServer } from '../../src/http/server.ts'
import { configMistakes } from '../config/config-mistakes.ts'
import { startNode } from '../setup/node.ts'

const headersOf = securityHeaders('max-age=60')

t.test('the headers are those of helmet', async (t) => {
  const app = Fastify()
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], frameAncestors: ["'none'"] },
    },
    strictTransportSecurity: { maxAge: 60, includeSubDomains: false },
  })
  app.get('/', async () => ({}))
  const bare = Fastify()
  bare.get('/', async () => ({}))
  const [withHelmet, without] = [(await app.inject('/')).headers, (await bare.inject('/')).headers]
  const set = Object.entries(withHelmet).filter(([name]) => !(name in without))
  t.same(Object.fromEntries(set), headersOf)
})

t.test('every kind of response has them', async (t) => {
  const app = await createServer({ hsts: 'max-age=60' })
  app.get('/', async () => ({}))
  app.get('/fails', async () => {
    throw new Error('on purpose')
  })
  app.get('/own', async (_request, reply) => reply.header('content-security-policy', "default-src 'self'").send({}))
  for (const [url, status] of [
    ['/', 200],
    ['/fails', 500],
    ['/nowhere', 404],
  ] as const) {
    const answer = await app.inject(url)
    t.equal(answer.statusCode, status)
    t.match(answer.headers, headersOf, url)
  }
  // A page has its own Content-Security-Policy, and only that.
  const { headers } = await app.inject('/own')
  t.match(headers, { ...headersOf, 'content-security-policy': /^default-src 'self'$/ })
})

t.test('HSTS is for https, without the hosts below by default', async (t) => {
  const at = async (env: Record<string, string>) => {
    const { app } = await startNode(t, { env })
    return (await app.inject('/livez')).headers['strict-transport-security']
  }
  t.equal(await at({}), 'max-age=31536000')
  t.equal(
    await at({ HSTS: 'max-age=63072000; includeSubDomains; preload' }),
    'max-age=63072000; includeSubDomains; preload',
  )
  t.equal(await at({ HSTS: 'off' }), undefined)
  t.equal(await at({ PUBLIC_URL: 'http://localhost:3000' }), undefined, 'RFC 6797 forbids it on plain http')
  for (const HSTS of [
    'max-age',
    'max-age=x',
    'max-age=1; preload',
    'max-age=1\r\nx: y',
    'max-age=1;includeSubDomains',
    'on',
  ])
    t.match(configMistakes({ HSTS }), /HSTS must be off or a value such as/, HSTS)
})
