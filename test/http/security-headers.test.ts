/** Every response has the security headers of helmet. */
import helmet from '@fastify/helmet'
import Fastify from 'fastify'
import t from 'tap'
import { securityHeaders } from '../../src/http/security-headers.ts'
import { createServer } from '../../src/http/server.ts'

t.test('the headers are those of helmet', async (t) => {
  const app = Fastify()
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], frameAncestors: ["'none'"] },
    },
  })
  app.get('/', async () => ({}))
  const bare = Fastify()
  bare.get('/', async () => ({}))
  const [withHelmet, without] = [(await app.inject('/')).headers, (await bare.inject('/')).headers]
  const set = Object.entries(withHelmet).filter(([name]) => !(name in without))
  t.same(Object.fromEntries(set), securityHeaders)
})

t.test('every kind of response has them', async (t) => {
  const app = await createServer()
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
    t.match(answer.headers, securityHeaders, url)
  }
  // A page has its own Content-Security-Policy, and only that.
  const { headers } = await app.inject('/own')
  t.match(headers, { ...securityHeaders, 'content-security-policy': /^default-src 'self'$/ })
})
