/** The API of server.ts with Hono: `bun hono.ts`, with @countersign/verify and hono installed. A worker exports its app in the same way. */
import { countersign, type Principal } from '@countersign/verify/fetch'
import { Hono } from 'hono'

const { AUTH_URL = 'http://localhost:3000', SERVICE_CREDENTIAL, PORT = '4000' } = process.env
const [id, secret] = SERVICE_CREDENTIAL?.split(':') ?? []

const auth = countersign({
  issuer: AUTH_URL,
  // Without a credential, tokens are accepted until they expire.
  ...(id && secret ? { revocations: { id, secret } } : {}),
})

const notes = new Map<string, string[]>()

const app = new Hono<{ Variables: { principal: Principal } }>()
app.get('/', (context) => context.text('Anybody may read this.'))
app.use('/notes', auth.hono())
app.get('/notes', (context) => context.json(notes.get(context.get('principal').userId) ?? []))
app.post('/notes', async (context) => {
  const { userId } = context.get('principal')
  const { text } = await context.req.json()
  notes.set(userId, [...(notes.get(userId) ?? []), String(text)])
  return context.body(null, 204)
})

console.log(`Notes at http://localhost:${PORT}, tokens of ${AUTH_URL}`)
export default { port: Number(PORT), fetch: app.fetch }
