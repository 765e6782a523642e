/**
 * better-auth with its Postgres adapter, called in the process (`auth.api.getSession`), which avoids the request and response
 * objects of its HTTP handler. CACHE=on turns its cookie cache on. With REFRESH=on every request extends the session.
 */
import { randomBytes } from 'node:crypto'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import Fastify from 'fastify'
import pg from 'pg'
import { serve } from '../harness/serve.ts'
import { answer, answerSchema } from './answer.mjs'

const options = {
  database: new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 }),
  baseURL: 'http://localhost',
  secret: randomBytes(32).toString('hex'),
  emailAndPassword: { enabled: true },
  session: {
    cookieCache: { enabled: process.env.CACHE === 'on', maxAge: 6 * 3600 },
    ...(process.env.REFRESH === 'on' ? { updateAge: 0 } : {}),
  },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
}
await (await getMigrations(options)).runMigrations()
const auth = betterAuth(options)

const app = Fastify()
app.get('/whoami', { schema: { response: { 200: answerSchema } } }, async (request, reply) => {
  const headers = new Headers({ cookie: request.headers.cookie ?? '' })
  const found = await auth.api.getSession({ headers })
  if (!found) return reply.code(401).send({ error: 'not logged in' })
  return { ...answer, sub: found.user.id, sid: found.session.id }
})

/** Makes a session and its signed cookie as its sign-in does, without the password hash. */
async function credentials(count) {
  const email = `${randomBytes(8).toString('hex')}@example.com`
  const signUp = await auth.api.signUpEmail({
    body: { name: 'Ada', email, password: 'correct horse battery staple' },
    returnHeaders: true,
  })
  const context = await auth.$context
  const { name } = context.authCookies.sessionToken
  const lines = []
  for (let i = 0; i < count; i++) {
    const { token } = await context.internalAdapter.createSession(signUp.response.user.id)
    const own = `${name}=${await signed(token, context.secret)}`
    lines.push(`Cookie: ${own}${await cached(own)}`)
  }
  await options.database.query('VACUUM ANALYZE "session"')
  return lines
}

async function signed(value, secret) {
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', Buffer.from(secret), hmac, false, ['sign'])
  const mac = await crypto.subtle.sign('HMAC', key, Buffer.from(value))
  return encodeURIComponent(`${value}.${Buffer.from(mac).toString('base64')}`)
}

/** The cookie that a client with a session gets with its first response. */
async function cached(cookie) {
  if (process.env.CACHE !== 'on') return ''
  const { headers } = await auth.api.getSession({ headers: new Headers({ cookie }), returnHeaders: true })
  const cookies = headers.getSetCookie().map((line) => line.split(';')[0])
  return cookies
    .filter((one) => one.includes('session_data'))
    .map((one) => `; ${one}`)
    .join('')
}

await serve({ listen: () => app.listen({ port: 0, host: '127.0.0.1' }), credentials })
