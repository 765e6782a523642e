/**
 * better-auth on Postgres. A cookie holds the session for TOKEN_SECONDS without a look at the database; the request after that reads
 * the database, and prolongs the session. The token of the session never changes, so there is no rotation that a client could lose.
 */
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import pg from 'pg'
import { createApp, listen } from './listen.mjs'

const { DATABASE_URL, SECRET, PUBLIC_URL, APP_ORIGIN } = process.env
const tokenSeconds = Number(process.env.TOKEN_SECONDS)
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })

const options = {
  database: pool,
  baseURL: PUBLIC_URL,
  secret: SECRET,
  trustedOrigins: [APP_ORIGIN],
  emailAndPassword: { enabled: true },
  session: { updateAge: tokenSeconds, cookieCache: { enabled: true, maxAge: tokenSeconds } },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
}
await (await getMigrations(options)).runMigrations()
await pool.query(`
  CREATE TABLE IF NOT EXISTS outcomes (id bigserial PRIMARY KEY, outcome text);
  CREATE OR REPLACE FUNCTION record() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO outcomes (outcome) VALUES (TG_ARGV[0]);
      RETURN NULL;
    END $$;
  CREATE OR REPLACE TRIGGER prolonged AFTER UPDATE ON "session" FOR EACH ROW EXECUTE FUNCTION record('prolonged');
  CREATE OR REPLACE TRIGGER ended AFTER DELETE ON "session" FOR EACH ROW EXECUTE FUNCTION record('ended')`)
const auth = betterAuth(options)

const app = createApp({ allowed: ['content-type'], pool })
app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body))

const headersOf = ({ headers }) => new Headers(Object.entries(headers).filter(([, value]) => typeof value === 'string'))

const answer = async (request, reply) => {
  const { method, url, body } = request
  const response = await auth.handler(
    new Request(new URL(url, PUBLIC_URL), { method, headers: headersOf(request), ...(body ? { body } : {}) }),
  )
  for (const [name, value] of response.headers) if (name !== 'set-cookie') reply.header(name, value)
  for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie)
  return reply.code(response.status).send(await response.text())
}
app.get('/api/auth/*', answer)
app.post('/api/auth/*', answer)

/** The API of the app. Its answer forwards the cookies, so that it prolongs the session too. */
app.get('/whoami', async (request, reply) => {
  const { response, headers } = await auth.api.getSession({ headers: headersOf(request), returnHeaders: true })
  for (const cookie of headers.getSetCookie()) reply.header('set-cookie', cookie)
  return response ? { sub: response.user.id } : reply.code(401).send({ error: 'no session' })
})

await listen(app)
