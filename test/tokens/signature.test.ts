/** Each step of the signature check refuses bad tokens by itself, also those that an earlier step would have refused. */
import type { KeyObject } from 'node:crypto'
import t from 'tap'
import { verifyWithFastifyJwt } from '../../src/guard/fastify-jwt.ts'
import { headerFor, maxTokenBytes, type SigningAlg } from '../../src/tokens/claims.ts'
import { createSignatureChecks } from '../../src/tokens/signature.ts'
import { createVerifyAccessToken } from '../../src/tokens/verify-access-token.ts'
import { newKeyPair } from './crafted/context.ts'
import { encodeJson, macSegments, signSegments } from './crafted/forge.ts'

const payload = encodeJson({ sub: 'x' })
const header = (alg: string) => encodeJson({ alg, typ: 'at+jwt', kid: 'k' })
const signed = (alg: string, privateKey: KeyObject) => signSegments(header(alg), payload, { alg, privateKey })

async function checkOf(alg: SigningAlg, publicKey: KeyObject) {
  const key = { kid: 'k', alg, publicKey }
  const checks = createSignatureChecks(verifyWithFastifyJwt)
  await checks.use([key])
  const check = checks.get(headerFor(key))
  if (!check) throw new Error('a key has no check under its own header')
  return check.payloadOf
}

await t.test('an RS256 key verifies RS256 and nothing else, whatever a header says', async (t) => {
  const { publicKey, privateKey } = newKeyPair.RS256()
  const check = await checkOf('RS256', publicKey)
  t.match(check(signed('RS256', privateKey)), { sub: 'x' })
  for (const alg of ['RS384', 'RS512']) t.throws(() => check(signed(alg, privateKey)), /algorithm/, alg)
  const pem = publicKey.export({ type: 'spki', format: 'pem' })
  for (const alg of ['HS256', 'HS384', 'HS512'] as const) {
    t.throws(() => check(macSegments(header(alg), payload, alg, pem)), /algorithm/, alg)
  }
})

await t.test('an ES256 key verifies ES256 and nothing else, whatever a header says', async (t) => {
  const { publicKey, privateKey } = newKeyPair.ES256()
  const check = await checkOf('ES256', publicKey)
  t.match(check(signed('ES256', privateKey)), { sub: 'x' })
  t.throws(() => check(signed('ES384', privateKey)), /algorithm/)
  t.throws(() => check(`${header('none')}.${payload}.`), 'none')
  const pem = publicKey.export({ type: 'spki', format: 'pem' })
  t.throws(() => check(macSegments(header('HS256'), payload, 'HS256', pem)), /algorithm/, 'HS256')
})

await t.test('a text without three segments, or one that is too long, never reaches the signature check', async (t) => {
  const reached: string[] = []
  const payloadOf = (token: string) => {
    reached.push(token)
    throw new Error('refused')
  }
  const options = { issuer: 'x', audience: 'x', clock: Date.now }
  const verify = createVerifyAccessToken({
    ...options,
    signatureChecks: new Map([['h', { keyId: 'k', payloadOf, tokenSeconds: 600 }]]),
  })
  for (const text of [
    '',
    'h',
    'h.',
    'h.p',
    'h.p.',
    'h..AA',
    'h...',
    'h.p.AA.x',
    'h.p.AA.',
    `h.p.${'A'.repeat(maxTokenBytes)}`,
  ]) {
    t.throws(() => verify(text), { code: 'invalid_token' }, text.slice(0, 10))
  }
  t.strictSame(reached, [])
  t.throws(() => verify('h.p.AA'), { code: 'invalid_token' })
  t.strictSame(reached, ['h.p.AA'], 'three segments do')
})
