/** A cookie that names a session in Postgres, with @fastify/session and connect-pg-simple as in their READMEs. */
import { randomBytes } from 'node:crypto'
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import connectPgSimple from 'connect-pg-simple'
import Fastify from 'fastify'
import pg from 'pg'
import { serve } from '../harness/serve.ts'
import { answer, answerSchema } from './answer.mjs'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 })
const Store = connectPgSimple(fastifySession)
const store = new Store({ pool, createTableIfMissing: true })

const app = Fastify()
await app.register(fastifyCookie)
await app.register(fastifySession, {
  secret: randomBytes(32).toString('hex'),
  store,
  saveUninitialized: false,
  // A request reads one row and writes none, which is the faster of its two modes.
  rolling: false,
  cookie: { secure: false, maxAge: 6 * 3600 * 1000 },
})

app.post('/login', async (request) => {
  request.session.user = answer
  return { ok: true }
})

const authenticate = async (request, reply) => {
  if (!request.session.user) return reply.code(401).send({ error: 'not logged in' })
}
app.get('/whoami', { onRequest: authenticate, schema: { response: { 200: answerSchema } } }, async (request) => ({
  ...request.session.user,
}))

await serve({
  listen: () => app.listen({ port: 0, host: '127.0.0.1' }),
  credentials: async (count) => {
    const lines = []
    while (lines.length < count) {
      const logins = Array.from({ length: Math.min(50, count - lines.length) }, () =>
        app.inject({ method: 'POST', url: '/login' }),
      )
      for (const { headers } of await Promise.all(logins)) lines.push(`Cookie: ${headers['set-cookie'].split(';')[0]}`)
    }
    await pool.query('VACUUM ANALYZE session')
    return lines
  },
})
