/**
 * Sends every token of `test/tokens/crafted` to a service that follows a real node. The service accepts and refuses the
 * same tokens as the node, with the same principal.
 */
import Fastify from 'fastify'
import t from 'tap'
import type { CreateVerifier } from '../../../packages/verify/src/contract.ts'
import { countersign, principalOf } from '../../../packages/verify/src/fastify-plugin.ts'
import { verifyWithFastifyJwt } from '../../../src/guard/fastify-jwt.ts'
import { createSignatureChecks } from '../../../src/tokens/signature.ts'
import { createVerifyAccessToken } from '../../../src/tokens/verify-access-token.ts'
import { whoami } from '../../setup/client.ts'
import { algorithmRows } from '../../tokens/crafted/algorithms.ts'
import { claimRows } from '../../tokens/crafted/claims.ts'
import { createContext } from '../../tokens/crafted/context.ts'
import { joseHeaderRows } from '../../tokens/crafted/jose-headers.ts'
import { payloadRows } from '../../tokens/crafted/payloads.ts'
import { requestRows } from '../../tokens/crafted/requests.ts'
import { bearer, type Row } from '../../tokens/crafted/row.ts'
import { shapeRows } from '../../tokens/crafted/shapes.ts'
import { signatureRows } from '../../tokens/crafted/signatures.ts'
import { timeRows } from '../../tokens/crafted/times.ts'
import { exchange } from '../../tokens/crafted/wire.ts'
import { credential, holds, serviceEnv, startVerifier, verifiers } from './service.ts'

const context = await createContext(t, () => {}, serviceEnv)
const { node, clock, now } = context
const tables = [algorithmRows, joseHeaderRows, shapeRows, signatureRows, claimRows, timeRows, payloadRows, requestRows]
const all = tables.flatMap((table) => table(context))
const rows = all.flatMap(({ token, ...row }) => (token === undefined ? [] : [{ ...row, token }]))

const { publicUrl: issuer, audience } = node.config
const signatureChecks = createSignatureChecks(verifyWithFastifyJwt)
await signatureChecks.use(node.keyRing.verification)

const statuses = new Map<string, number>()

/** The status with which the node answers. It is asked once for each token and time. */
async function statusAtNode(token: string, at: number): Promise<number> {
  const known = statuses.get(`${at} ${token}`)
  if (known !== undefined) return known
  clock.seconds = at
  const { status } = await whoami(node.baseUrl, token)
  clock.seconds = now
  statuses.set(`${at} ${token}`, status)
  return status
}

/** The outcomes of a token at that time, on the node and at a service. */
async function verdicts({ create, verifier: following }: Following, token: string, at = now) {
  const atThatTime = () => at * 1000
  const verifyAtHome = createVerifyAccessToken({ issuer, audience, signatureChecks, clock: atThatTime })
  // The clock of a service never goes back, so another time needs another service.
  const verifier = at === now ? following : startVerifier(t, node, node.baseUrl, { clock: atThatTime }, create).verifier
  const status = await statusAtNode(token, at)
  const there = await verifier.verify(token).then(
    (principal) => ({ principal }),
    (error: { code?: string; statusCode?: number }) => ({ code: error.code, status: error.statusCode }),
  )
  return { status, there, principal: status === 200 ? verifyAtHome(token) : undefined }
}

/** A service that follows the node at the time of the tokens. */
async function follow([name, create]: [string, CreateVerifier]) {
  const options = { revocations: credential, clock: () => now * 1000 }
  const { verifier, errors } = startVerifier(t, node, node.baseUrl, options, create)
  if (!(await holds(verifier.isReady))) throw new Error(`not ready: ${errors.join()}`)
  return { name, create, verifier }
}
type Following = Awaited<ReturnType<typeof follow>>
const followings = await Promise.all(Object.entries(verifiers).map(follow))

t.ok(rows.length >= 350, `${rows.length} tokens`)

for (const following of followings) {
  const { name, verifier } = following
  t.equal(verifier.revocations()?.size, 1, 'one session has ended')

  t.test(`${name}: a token that the node refuses is refused by the service, with the same message`, async (t) => {
    const codes = { invalid: 'invalid_token', expired: 'token_expired', revoked: 'token_revoked' }
    const refused = rows.flatMap((row) =>
      row.verdict in codes ? [{ ...row, code: codes[row.verdict as keyof typeof codes] }] : [],
    )
    for (const { name: row, token, at, code } of refused) {
      // The node is not asked about texts that no HTTP header can carry.
      if (/[^\t\x20-\xff]/.test(token)) continue
      const { status, there } = await verdicts(following, token, at)
      if (status !== 401) t.fail(`${row}: the node answers ${status}`)
      if ('principal' in there || there.code !== code || there.status !== 401) t.fail(row, there)
    }
    t.ok(refused.length > 300, `${refused.length} tokens`)
  })

  t.test(
    `${name}: a token that the node accepts is accepted by the service, with the same frozen principal`,
    async (t) => {
      const good = rows.filter(({ verdict }) => verdict === 'let in')
      for (const { name: row, token, at } of good) {
        const { status, there, principal } = await verdicts(following, token, at)
        t.equal(status, 200, row)
        t.strictSame(there, { principal }, row)
        if (!('principal' in there)) continue
        const { roles, amr } = there.principal
        t.ok([there.principal, roles, amr].every(Object.isFrozen), `${row}: nobody can change it`)
      }
      t.ok(good.length > 20, `${good.length} tokens`)
    },
  )

  t.test(`${name}: any value that is no token is refused`, async (t) => {
    for (const token of ['', '.', '..', '...', 'a', '\0', '\u{1f600}.a.b', 'x'.repeat(10_000_000), '.'.repeat(100_000)])
      await t.rejects(following.verifier.verify(token), { code: 'invalid_token' }, JSON.stringify(token.slice(0, 20)))
  })
}

t.test('a route behind the plugin answers every request as the node does', async (t) => {
  const app = Fastify()
  // The server has the same setting. Node silently drops headers past the 2000th.
  app.server.maxHeadersCount = 0
  const options = { issuer, url: node.baseUrl, revocations: credential, spaOrigins: [], clock: () => now * 1000 }
  await app.register(countersign, options)
  app.get('/auth/whoami', { onRequest: app.authenticate() }, async (request) => {
    const { userId: sub, sessionId: sid } = principalOf(request)
    return { sub, sid }
  })
  const baseUrl = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const answer = async (base: string, { method = 'GET', lines = [], token, ...rest }: Row) => {
    const sentLines = token === undefined ? lines : [bearer(token), ...lines]
    const { status, headers, text } = await exchange(base, '/auth/whoami', { method, ...rest, lines: sentLines })
    const { code, sub, sid } = text.startsWith('{') ? JSON.parse(text) : {}
    return { status, challenge: headers.get('www-authenticate'), code, sub, sid }
  }
  const good = { name: 'a good token', token: context.good, verdict: 'let in' } as const
  t.ok(await holds(async () => (await answer(baseUrl, good)).status === 200))
  // Node refuses these before they reach the plugin.
  const sent = all.filter(({ at, verdict }) => at === undefined && /^(let in|invalid|anonymous)$/.test(verdict))
  for (const row of sent) {
    const [here, there] = [await answer(baseUrl, row), await answer(node.baseUrl, row)]
    if (JSON.stringify(here) !== JSON.stringify(there)) t.same(here, there, row.name)
  }
  t.ok(sent.length > 400, `${sent.length} requests`)
})
