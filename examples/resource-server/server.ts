/**
 * `npm run example:api`: an API at http://localhost:4000 that accepts access tokens of Countersign. It verifies them without
 * a request, because it keeps the keys and the revocations in memory.
 */
import { countersign, principalOf } from '@countersign/verify/fastify'
import Fastify from 'fastify'

const { AUTH_URL = 'http://localhost:3000', SERVICE_CREDENTIAL, PORT = '4000' } = process.env
const [id, secret] = SERVICE_CREDENTIAL?.split(':') ?? []

const app = Fastify({ logger: { level: 'warn' } })
await app.register(countersign, {
  issuer: AUTH_URL,
  // Without a credential, tokens are accepted until they expire.
  ...(id && secret ? { revocations: { id, secret } } : {}),
})

const notes = new Map<string, string[]>()

app.get('/', async () => 'Anybody may read this.')
await app.register(async (scope) => {
  scope.addHook('onRequest', scope.authenticate())
  scope.get('/notes', async (request) => notes.get(principalOf(request).userId) ?? [])
  scope.post<{ Body: { text: string } }>('/notes', {
    schema: { body: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] } },
    handler: async (request, reply) => {
      const { userId } = principalOf(request)
      notes.set(userId, [...(notes.get(userId) ?? []), request.body.text])
      return reply.code(204).send()
    },
  })
})

console.log(`Notes at ${await app.listen({ port: Number(PORT) })}, tokens of ${AUTH_URL}`)
