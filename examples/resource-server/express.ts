/** The API of server.ts with Express: `node express.ts`, with @countersign/verify and express installed. */
import { countersign, principalOf } from '@countersign/verify/express'
import express from 'express'

const { AUTH_URL = 'http://localhost:3000', SERVICE_CREDENTIAL, PORT = '4000' } = process.env
const [id, secret] = SERVICE_CREDENTIAL?.split(':') ?? []

const auth = countersign({
  issuer: AUTH_URL,
  // Without a credential, tokens are accepted until they expire.
  ...(id && secret ? { revocations: { id, secret } } : {}),
})

const notes = new Map<string, string[]>()

const app = express()
app.get('/', (_request, response) => {
  response.send('Anybody may read this.')
})
app.use('/notes', auth.authenticate(), express.json())
app.get('/notes', (request, response) => {
  response.json(notes.get(principalOf(request).userId) ?? [])
})
app.post('/notes', (request, response) => {
  const { userId } = principalOf(request)
  notes.set(userId, [...(notes.get(userId) ?? []), String(request.body.text)])
  response.status(204).end()
})

app.listen(Number(PORT), () => console.log(`Notes at http://localhost:${PORT}, tokens of ${AUTH_URL}`))
