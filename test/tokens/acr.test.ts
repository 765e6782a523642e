/** The claim `acr`: from the methods of a sign-in to the principal of a request, and the room that the methods take. */
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { verifyWithFastifyJwt } from '../../src/guard/fastify-jwt.ts'
import { toWhoami } from '../../src/guard/whoami.ts'
import { createAccessTokens, signClaims } from '../../src/tokens/access-token.ts'
import { acrOf } from '../../src/tokens/acr.ts'
import { maxRolesBytes, maxTokenBytes, maxTokenVersion } from '../../src/tokens/claims.ts'
import { createSignatureChecks } from '../../src/tokens/signature.ts'
import { createVerifyAccessToken } from '../../src/tokens/verify-access-token.ts'
import { newKeyPair } from './crafted/context.ts'

const key = { kid: 'k'.repeat(43), alg: 'RS256', ...newKeyPair.RS256() } as const
const clock = () => 2_000_000_000_000
const issuer = 'https://auth.example.test'
const audience = issuer
const make = (named: { issuer: string; audience: string }) =>
  createAccessTokens({ ...named, lifeSeconds: 600, signingKey: () => key, clock })
const subject = { userId: randomUUID(), sessionId: randomUUID(), roles: [], tokenVersion: 0, authTime: 2_000_000_000 }

async function verifier() {
  const signatureChecks = createSignatureChecks(verifyWithFastifyJwt)
  await signatureChecks.use([key])
  return createVerifyAccessToken({ issuer, audience, signatureChecks, clock })
}
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

t.test('only methods with mfa are two factors', async (t) => {
  const of: Record<string, readonly string[]> = {
    aal2: ['mfa', 'pwd otp mfa', 'swk mfa'],
    aal1: ['', 'pwd', 'pwd otp'],
  }
  for (const [acr, methods] of Object.entries(of))
    for (const text of methods) t.equal(acrOf(text === '' ? [] : text.split(' ')), acr, text)
  t.equal(acrOf(['mfa2', 'MFA']), 'aal1', 'no other spelling')
})

t.test('a token says how strongly its user signed in, and so does its principal', async (t) => {
  const verify = await verifier()
  for (const [amr, acr] of [
    [['pwd'], 'aal1'],
    [['pwd', 'otp', 'mfa'], 'aal2'],
  ] as const) {
    const { token } = make({ issuer, audience }).issue({ ...subject, amr }, 600)
    t.match(claimsOf(token), { amr, acr })
    t.match(verify(token), { amr, acr })
    t.equal(toWhoami(verify(token)).acr, acr)
  }
})

t.test('a token of a server from before acr gets it from its methods', async (t) => {
  const verify = await verifier()
  const { token } = make({ issuer, audience }).issue({ ...subject, amr: ['pwd', 'otp', 'mfa'] }, 600)
  const { acr: _, ...older } = claimsOf(token)
  t.equal(verify(signClaims(older, key)).acr, 'aal2')
  t.equal(verify(signClaims({ ...older, amr: ['pwd'] }, key)).acr, 'aal1')
})

t.test('the longest names that are accepted leave room for every method', async (t) => {
  const named = (length: number) => ({ issuer: `https://${'x'.repeat(length)}`, audience })
  let longest = 0
  for (let length = 1; length < maxTokenBytes; length++) {
    try {
      make(named(length))
      longest = length
    } catch (error) {
      t.match(error, { message: /together [12] characters too long for access tokens of 1\.5 KiB/ })
      break
    }
  }
  t.ok(longest > 0)
  const amr = ['pwd', 'otp', 'email', 'hwk', 'swk', 'mfa']
  const widest = { ...subject, amr, roles: ['x'.repeat(maxRolesBytes - 2)], tokenVersion: maxTokenVersion }
  t.ok(make(named(longest)).issue(widest, 600).token.length <= maxTokenBytes)
})
