/** The test vectors of the W3C (Web Authentication Level 3, "Test Vectors"). Their figures are in w3c-vectors.json. */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import type { Challenges } from '../../../src/factors/passkeys/challenge.ts'
import { createRelyingParty } from '../../../src/factors/passkeys/relying-party.ts'
import { createWebauthn } from '../../../src/factors/passkeys/webauthn.ts'

type Vector = {
  name: string
  created: { challenge: string; credentialId: string; clientDataJSON: string; attestationObject: string }
  used: { challenge: string; clientDataJSON: string; authenticatorData: string; signature: string }
}

const vectors: Vector[] = JSON.parse(await readFile(new URL('w3c-vectors.json', import.meta.url), 'utf8'))

const relyingParty = createRelyingParty({
  passkeyDomain: 'example.org',
  passkeyOrigins: ['https://example.org'],
  publicUrl: 'https://example.org',
  appUrl: undefined,
  spaOrigins: [],
  appleAppIds: [],
  androidApps: [],
  appName: 'Example',
})
const use = { purpose: 'sign_in', binding: '' } as const

/** The challenges of the vectors are given, so they have no tag of a server. */
const only = (expected: string): Challenges => ({
  create: () => t.fail('a vector has its challenge') as never,
  read: (text) =>
    text === expected ? { hash: Buffer.alloc(32), nonce: Buffer.alloc(16), forgottenAt: new Date() } : undefined,
})

async function outcomeOf({ created, used }: Vector): Promise<string> {
  try {
    const { passkey } = await createWebauthn({ relyingParty, challenges: only(created.challenge) }).verifyCreated(
      { id: created.credentialId, rawId: created.credentialId, type: 'public-key', response: created },
      { use, userVerification: 'preferred' },
    )
    const stored = { ...passkey, id: '', userId: '' }
    await createWebauthn({ relyingParty, challenges: only(used.challenge) }).verifyUsed(
      { id: created.credentialId, rawId: created.credentialId, type: 'public-key', response: used },
      stored,
      { use, userVerification: 'preferred' },
    )
    return 'verified'
  } catch (error) {
    return (error as { code: string }).code
  }
}

const outcomes = {
  'none-es256': 'verified',
  'packed-self-es256': 'verified',
  'none-es256-long-credential-id': 'verified',
  'packed-es256': 'verified',
  'packed-rs256': 'verified',
  // A page in a frame of another origin is refused.
  'none-es256-crossOrigin': 'passkey_origin_refused',
  'none-es256-topOrigin': 'passkey_origin_refused',
  // The server offers ES256 and RS256 alone.
  'packed-es384': 'invalid_passkey',
  'packed-es512': 'invalid_passkey',
  'packed-eddsa': 'invalid_passkey',
  'packed-ed448': 'invalid_passkey',
  // The server asks for no attestation, and browsers remove these then.
  'tpm-es256': 'invalid_passkey',
  'android-key-es256': 'invalid_passkey',
  'apple-es256': 'invalid_passkey',
  'fido-u2f-es256': 'invalid_passkey',
}

t.test('each vector ends as it must', async (t) => {
  const found = Object.fromEntries(await Promise.all(vectors.map(async (v) => [v.name, await outcomeOf(v)])))
  t.strictSame(found, outcomes)
})
