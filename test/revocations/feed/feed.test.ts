/** GET /revocations, as a service uses it. */
import t from 'tap'
import { verifyWithFastifyJwt } from '../../../src/guard/fastify-jwt.ts'
import { type FeedDocument, openDocument } from '../../../src/revocations/feed-document.ts'
import { createSignatureChecks } from '../../../src/tokens/signature.ts'
import { call, register } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'

const credential = { id: 'shop', secret: 'the-credential-of-the-shop-in-this-test' }
const authorization = `Basic ${Buffer.from(`${credential.id}:${credential.secret}`).toString('base64')}`
const env = { SERVICE_CREDENTIALS: `${credential.id}:${credential.secret}` }
const node = await startNode(t, { env })
const other = await startNode(t, { env, databaseUrl: node.databaseUrl })
const issuer = node.config.publicUrl

const checks = createSignatureChecks(verifyWithFastifyJwt, 'revocations+jwt')
await checks.use(node.keyRing.verification)

const ask = (query: string, headers: Record<string, string> = {}, baseUrl = node.baseUrl) =>
  fetch(`${baseUrl}/revocations${query}`, { headers: { authorization, ...headers } })

async function read(query: string, baseUrl = node.baseUrl): Promise<FeedDocument> {
  const response = await ask(query, {}, baseUrl)
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  return openDocument(await response.text(), { issuer, checks })
}

async function logout(baseUrl = node.baseUrl): Promise<string> {
  const session = await register(baseUrl)
  await call(`${baseUrl}/auth/logout`, { body: { refresh_token: session.refresh_token } })
  return session.session_id
}

t.test('a service gets all revocations first and then each new one once, from any node', async (t) => {
  const before = [await logout(), await logout()]
  const first = await read('')
  t.same(
    first.revocations.map(({ id }) => id),
    before,
  )
  t.match(first, { iss: issuer, more: false })
  t.match(first.revocations[0], { kind: 'session', sub: String, at: Number })
  const nothing = await read(`?after=${first.next}`, other.baseUrl)
  t.same(nothing.revocations, [])
  const third = await logout()
  const news = await read(`?after=${nothing.next}`, other.baseUrl)
  t.same(
    news.revocations.map(({ id }) => id),
    [third],
  )
  t.equal(news.after, nothing.next, 'the answer repeats the cursor of the request')
})

t.test('a waiting service is answered when a session is revoked, also on another node', async (t) => {
  const { next } = await read('')
  const waiting = read(`?after=${next}&wait=8`)
  const ended = await logout(other.baseUrl)
  t.same(
    (await waiting).revocations.map(({ id }) => id),
    [ended],
  )
  const { next: then } = await read('')
  const quiet = performance.now()
  t.same((await read(`?after=${then}&wait=1`)).revocations, [])
  t.ok(performance.now() - quiet >= 990)
})
