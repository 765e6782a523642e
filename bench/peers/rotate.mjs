/**
 * Fastify, pg and the statement that rotates a session, without tokens, keys, checks or headers, which shows the cost of the
 * statement over HTTP. A token here is `number.generation`, and the hash of a secret is its generation.
 */
import Fastify from 'fastify'
import pg from 'pg'
import { sessionId } from '../harness/people.ts'
import { serve } from '../harness/serve.ts'

const statement = { name: 'rotate', text: process.env.STATEMENT }
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 })
const hashOf = (generation) => `\\x${String(generation).padStart(64, '0')}`
const salt = Buffer.alloc(16)

const text = { type: 'string' }
const schema = {
  body: { type: 'object', required: ['refresh_token'], properties: { refresh_token: text } },
  response: { 200: { type: 'object', properties: { outcome: text, refresh_token: text } } },
}
const app = Fastify()
app.post('/rotate', { schema }, async (request, reply) => {
  const [number, generation] = request.body.refresh_token.split('.').map(Number)
  const next = generation + 1
  const values = [sessionId(number), hashOf(generation), hashOf(next), salt, 2592000]
  const { rows } = await pool.query({ ...statement, values })
  if (!rows[0]) return reply.code(401).send({ outcome: 'not rotated' })
  return { outcome: 'rotated', refresh_token: `${number}.${rows[0].generation}` }
})

await serve({ listen: () => app.listen({ port: 0, host: '127.0.0.1' }) })
