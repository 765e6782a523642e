/**
 * A model of the rotation that Supabase documents, with the routes that auth-js needs. Supabase's own server (GoTrue) is a Go
 * program, and no npm package carries it.
 *
 * The rules: a refresh token can be used once. Its answer is given again for REUSE_SECONDS, and longer if the token is the parent
 * of the active one. Any other use of an old token ends the session.
 */
import { randomBytes, randomUUID, scryptSync, timingSafeEqual } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import pg from 'pg'
import { createApp, listen } from './listen.mjs'

const { DATABASE_URL, SECRET } = process.env
const tokenSeconds = Number(process.env.TOKEN_SECONDS)
const reuseMs = 1000 * Number(process.env.REUSE_SECONDS ?? 10)
const key = new TextEncoder().encode(SECRET)
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })

await pool.query(`
  CREATE TABLE IF NOT EXISTS users (id uuid PRIMARY KEY, email text UNIQUE, salt bytea, hash bytea);
  CREATE TABLE IF NOT EXISTS sessions (id uuid PRIMARY KEY, user_id uuid REFERENCES users);
  CREATE TABLE IF NOT EXISTS refresh_tokens (
    token text PRIMARY KEY, session_id uuid REFERENCES sessions, parent text, used_at timestamptz
  );
  CREATE TABLE IF NOT EXISTS outcomes (id bigserial PRIMARY KEY, outcome text)`)

class Refusal extends Error {
  constructor(code, message) {
    super(message)
    this.code = code
  }
}

/** Runs a function in a transaction. A refusal is committed, because the end of a session must last. */
async function transact(work) {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    if (result instanceof Refusal) throw result
    return result
  } catch (error) {
    if (!(error instanceof Refusal)) await client.query('ROLLBACK').catch(() => {})
    throw error
  } finally {
    client.release()
  }
}

async function issue(client, sessionId, parent) {
  const token = randomBytes(16).toString('base64url')
  await client.query('INSERT INTO refresh_tokens VALUES ($1, $2, $3)', [token, sessionId, parent])
  return token
}

async function answer(client, sessionId, refreshToken) {
  const { rows } = await client.query(
    'SELECT u.id, u.email FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1',
    [sessionId],
  )
  const user = { ...rows[0], aud: 'authenticated', role: 'authenticated', app_metadata: {}, user_metadata: {} }
  const now = Math.floor(Date.now() / 1000)
  const accessToken = await new SignJWT({ session_id: sessionId })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(user.id)
    .setIssuedAt(now)
    .setExpirationTime(now + tokenSeconds)
    .sign(key)
  return {
    access_token: accessToken,
    token_type: 'bearer',
    expires_in: tokenSeconds,
    expires_at: now + tokenSeconds,
    refresh_token: refreshToken,
    user,
  }
}

async function signIn(client, userId) {
  const id = randomUUID()
  await client.query('INSERT INTO sessions VALUES ($1, $2)', [id, userId])
  return answer(client, id, await issue(client, id, null))
}

const signUp = ({ email, password }) =>
  transact(async (client) => {
    const [id, salt] = [randomUUID(), randomBytes(16)]
    await client.query('INSERT INTO users VALUES ($1, $2, $3, $4)', [id, email, salt, scryptSync(password, salt, 32)])
    return signIn(client, id)
  })

const withPassword = ({ email, password }) =>
  transact(async (client) => {
    const { rows } = await client.query('SELECT * FROM users WHERE email = $1', [email])
    const [user] = rows
    if (!user || !timingSafeEqual(user.hash, scryptSync(password, user.salt, 32)))
      return new Refusal('invalid_credentials', 'Invalid login credentials')
    return signIn(client, user.id)
  })

const refresh = ({ refresh_token: given }) =>
  transact(async (client) => {
    const record = (outcome) => client.query('INSERT INTO outcomes (outcome) VALUES ($1)', [outcome])
    const sessions = await client.query(
      'SELECT id FROM sessions WHERE id = (SELECT session_id FROM refresh_tokens WHERE token = $1) FOR UPDATE',
      [given],
    )
    const id = sessions.rows[0]?.id
    if (!id) return new Refusal('refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found')
    const { rows } = await client.query('SELECT * FROM refresh_tokens WHERE session_id = $1', [id])
    const active = rows.find(({ used_at }) => used_at === null)
    const presented = rows.find(({ token }) => token === given)
    if (active === presented) {
      await client.query('UPDATE refresh_tokens SET used_at = $2 WHERE token = $1', [given, new Date()])
      await record('rotated')
      return answer(client, id, await issue(client, id, given))
    }
    const isRecent = Date.now() - presented.used_at <= reuseMs
    if (active && (active.parent === given || isRecent)) {
      await record('repeated')
      return answer(client, id, active.token)
    }
    await client.query('UPDATE refresh_tokens SET used_at = $2 WHERE session_id = $1 AND used_at IS NULL', [
      id,
      new Date(),
    ])
    await record('ended')
    return new Refusal('refresh_token_already_used', 'Invalid Refresh Token: Already Used')
  })

const app = createApp({ allowed: ['authorization', 'content-type', 'x-client-info', 'x-supabase-api-version'], pool })
app.setErrorHandler((error, _request, reply) => {
  const isRefusal = error instanceof Refusal
  const code = isRefusal ? error.code : 'unexpected_failure'
  return reply
    .code(isRefusal ? 400 : 500)
    .header('x-supabase-api-version', '2024-01-01')
    .send({ code, message: error.message })
})

app.post('/auth/v1/signup', ({ body }) => signUp(body))
app.post('/auth/v1/token', ({ body, query }) =>
  query.grant_type === 'refresh_token' ? refresh(body) : withPassword(body),
)
app.post('/auth/v1/logout', async (request, reply) => {
  const { payload } = await jwtVerify(request.headers.authorization?.split(' ')[1] ?? '', key)
  await pool.query('DELETE FROM refresh_tokens WHERE session_id = $1', [payload.session_id])
  return reply.code(204).send()
})

/** The API of the app, which trusts an access token until it expires. */
app.get('/whoami', async (request, reply) => {
  const token = request.headers.authorization?.split(' ')[1] ?? ''
  const verified = await jwtVerify(token, key, { currentDate: new Date() }).catch(() => undefined)
  return verified ? { sub: verified.payload.sub } : reply.code(401).send({ error: 'invalid token' })
})

await listen(app)
