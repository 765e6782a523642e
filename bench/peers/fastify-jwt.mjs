/** Plain @fastify/jwt as in its README, with only a hook that verifies. ALG is HS256, its default, or ES256. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import { serve } from '../harness/serve.ts'
import { answer, answerSchema, claimsOf } from './answer.mjs'

const pem = { privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } }

function ecdsa() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256', ...pem })
  const algorithm = process.env.ALG
  return {
    secret: { private: privateKey, public: publicKey },
    sign: { algorithm },
    verify: { algorithms: [algorithm] },
  }
}

const app = Fastify()
await app.register(fastifyJwt, process.env.ALG === 'HS256' ? { secret: randomBytes(32).toString('hex') } : ecdsa())
const authenticate = (request) => request.jwtVerify()
app.get('/whoami', { onRequest: authenticate, schema: { response: { 200: answerSchema } } }, async ({ user }) => ({
  ...answer,
  ...user,
}))

await serve({
  listen: () => app.listen({ port: 0, host: '127.0.0.1' }),
  credentials: async (count) =>
    Array.from({ length: count }, (_, i) => `Authorization: Bearer ${app.jwt.sign(claimsOf(i))}`),
})
