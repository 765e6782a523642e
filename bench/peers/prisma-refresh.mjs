/** Refresh tokens as in most tutorials: find, delete and create in a transaction of Prisma, and a JWT. */
import { createHash, randomBytes } from 'node:crypto'
import fastifyJwt from '@fastify/jwt'
import { PrismaPg } from '@prisma/adapter-pg'
import Fastify from 'fastify'
import { serve } from '../harness/serve.ts'
import { PrismaClient } from './generated/client.ts'

const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL, max: 20 })
const prisma = new PrismaClient({ adapter })
for (const statement of [
  'CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL UNIQUE)',
  `CREATE TABLE refresh_tokens (id uuid PRIMARY KEY, hash text NOT NULL UNIQUE, user_id uuid NOT NULL REFERENCES users(id),
    expires_at timestamptz(3) NOT NULL)`,
]) {
  await prisma.$executeRawUnsafe(statement)
}
const user = await prisma.user.create({ data: { email: 'ada@example.com' } })

const lifeMs = 30 * 86_400_000
const hashOf = (token) => createHash('sha256').update(token).digest('hex')
const newToken = () => randomBytes(32).toString('base64url')
const rowFor = (token, userId) => ({ hash: hashOf(token), userId, expiresAt: new Date(Date.now() + lifeMs) })

const app = Fastify()
await app.register(fastifyJwt, { secret: randomBytes(32).toString('hex') })
app.post('/refresh', async (request, reply) => {
  const next = newToken()
  const owner = await prisma.$transaction(async (tx) => {
    const hash = hashOf(request.body.refresh_token)
    const found = await tx.refreshToken.findUnique({ where: { hash }, include: { user: true } })
    if (!found || found.expiresAt < new Date()) return undefined
    await tx.refreshToken.delete({ where: { id: found.id } })
    await tx.refreshToken.create({ data: rowFor(next, found.userId) })
    return found.user
  })
  if (!owner) return reply.code(401).send({ error: 'invalid refresh token' })
  const accessToken = app.jwt.sign({ sub: owner.id, email: owner.email }, { expiresIn: '10m' })
  return { access_token: accessToken, token_type: 'Bearer', expires_in: 600, refresh_token: next }
})

await serve({
  listen: () => app.listen({ port: 0, host: '127.0.0.1' }),
  credentials: async (count) => {
    const tokens = Array.from({ length: count }, newToken)
    await prisma.refreshToken.deleteMany()
    await prisma.refreshToken.createMany({ data: tokens.map((token) => rowFor(token, user.id)) })
    await prisma.$executeRawUnsafe('VACUUM ANALYZE refresh_tokens')
    return tokens
  },
})
