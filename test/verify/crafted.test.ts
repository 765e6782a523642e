/**
 * Every token of `test/verification/crafted` at a service that follows a real node: whom the node lets in is let in, as the
 * same principal, and who is refused there is refused here.
 */
import t from 'tap'
import { createSignatureChecks } from '../../src/verification/signature.ts'
import { createVerifyAccessToken } from '../../src/verification/verify-access-token.ts'
import { whoami } from '../setup/client.ts'
import { algorithmRows } from '../verification/crafted/algorithms.ts'
import { claimRows } from '../verification/crafted/claims.ts'
import { createContext } from '../verification/crafted/context.ts'
import { joseHeaderRows } from '../verification/crafted/jose-headers.ts'
import { payloadRows } from '../verification/crafted/payloads.ts'
import { requestRows } from '../verification/crafted/requests.ts'
import { shapeRows } from '../verification/crafted/shapes.ts'
import { signatureRows } from '../verification/crafted/signatures.ts'
import { timeRows } from '../verification/crafted/times.ts'
import { credential, holds, serviceEnv, startVerifier } from './service.ts'

t.setTimeout(120_000)
const context = await createContext(t, () => {}, serviceEnv)
const { node, clock, now } = context
const tables = [algorithmRows, joseHeaderRows, shapeRows, signatureRows, claimRows, timeRows, payloadRows, requestRows]
const rows = tables
  .flatMap((table) => table(context))
  .flatMap(({ token, ...row }) => (token === undefined ? [] : [{ ...row, token }]))

const { publicUrl: issuer, audience } = node.config
const signatureChecks = createSignatureChecks()
await signatureChecks.use(node.keyRing.verification)

/** What the node does with a token at that time, and what a service does. */
async function verdicts(token: string, at = now) {
  const atThatTime = () => at * 1000
  const verifyAtHome = createVerifyAccessToken({ issuer, audience, signatureChecks, clock: atThatTime })
  // Its clock never goes back: one that is of another time is another service.
  const { verifier } = at === now ? following : startVerifier(t, node, node.baseUrl, { clock: atThatTime })
  clock.seconds = at
  const { status } = await whoami(node.baseUrl, token)
  clock.seconds = now
  const there = await verifier.verify(token).then(
    (principal) => ({ principal }),
    (error: { code?: string; statusCode?: number }) => ({ code: error.code, status: error.statusCode }),
  )
  return { status, there, principal: status === 200 ? verifyAtHome(token) : undefined }
}

const following = startVerifier(t, node, node.baseUrl, { revocations: credential, clock: () => now * 1000 })
if (!(await holds(following.verifier.isReady))) throw new Error(`not ready: ${following.errors.join()}`)

t.ok(rows.length >= 350, `${rows.length} tokens`)
t.equal(following.verifier.revocations()?.size, 1, 'one session has ended')

t.test('who is refused by the node is refused by the service, in the same words', async (t) => {
  const refused = rows.filter(({ verdict }) => verdict === 'invalid')
  for (const { name, token, at } of refused) {
    // What no HTTP header can carry is not asked of the node.
    if (/[^\t\x20-\xff]/.test(token)) continue
    const { status, there } = await verdicts(token, at)
    if (status !== 401) t.fail(`${name}: the node answers ${status}`)
    if ('principal' in there || there.code !== 'invalid_token' || there.status !== 401) t.fail(name, there)
  }
  t.ok(refused.length > 300, `${refused.length} tokens`)
})

t.test('who is let in by the node is let in by the service, as the same frozen principal', async (t) => {
  const good = rows.filter(({ verdict }) => verdict === 'let in')
  for (const { name, token, at } of good) {
    const { status, there, principal } = await verdicts(token, at)
    t.equal(status, 200, name)
    t.strictSame(there, { principal }, name)
    if (!('principal' in there)) continue
    const { roles, amr } = there.principal
    t.ok([there.principal, roles, amr].every(Object.isFrozen), `${name}: nobody can change it`)
  }
  t.ok(good.length > 20, `${good.length} tokens`)
})

t.test('what is no token at all is refused, whatever it is', async (t) => {
  for (const token of ['', '.', '..', '...', 'a', '\0', '\u{1f600}.a.b', 'x'.repeat(10_000_000), '.'.repeat(100_000)])
    await t.rejects(following.verifier.verify(token), { code: 'invalid_token' }, JSON.stringify(token.slice(0, 20)))
})
