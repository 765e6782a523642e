/**
 * What the tables are built from: a running node with a key of each algorithm (ES256 signs), two users with sessions,
 * and an attacker with other keys.
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import type { Test } from 'tap'
import { readConfig } from '../../../src/config/config.ts'
import { createKeyKeeper, keySettings } from '../../../src/keys/key-keeper.ts'
import { createKeyStore } from '../../../src/keys/key-store.ts'
import { createSeal } from '../../../src/keys/seal.ts'
import { type SigningKey } from '../../../src/tokens/access-token.ts'
import { type AccessTokenClaims, headerFor, type SigningAlg } from '../../../src/tokens/claims.ts'
import { call, register } from '../../setup/client.ts'
import { connect, createDatabase } from '../../setup/database.ts'
import { startNode, testSecret } from '../../setup/node.ts'
import { encode, encodeJson, segmentsOf, signSegments } from './forge.ts'

export type OwnKey = SigningKey & { readonly publicKey: KeyObject }

// Far from today, so that a check against the clock of the machine shows.
const now = Date.UTC(2033, 4, 18) / 1000

export const newKeyPair = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
}

/** Starts the node and everything around it. `clock.seconds` moves its clock. */
export async function createContext(t: Test, log: (line: string) => void, env: Record<string, string> = {}) {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const older = await storeKeys(url)
  const clock = { seconds: now }
  const node = await startNode(t, { databaseUrl: url, clock: () => clock.seconds * 1000, log, env })
  const { baseUrl, keyRing, config } = node
  const user = await register(baseUrl)
  const other = await register(baseUrl)
  const gone = await register(baseUrl)
  await call(`${baseUrl}/auth/logout`, { body: { refresh_token: gone.refresh_token } })
  const stranger = await startNode(t, { clock: () => now * 1000 })
  const jwks = await (await fetch(`${baseUrl}/.well-known/jwks.json`)).text()

  const good = user.access_token
  const payload = segmentsOf(good)[1]
  const claims: AccessTokenClaims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const ours: OwnKey = { ...keyRing.signing, publicKey: keyRing.verification[0]!.publicKey }
  const attacker = { ES256: newKeyPair.ES256(), EdDSA: newKeyPair.EdDSA(), RS256: newKeyPair.RS256() }

  return {
    node,
    clock,
    now,
    issuer: config.publicUrl,
    audience: config.audience,
    good,
    claims,
    header: headerFor(ours),
    payload,
    ours,
    older,
    attacker,
    /** Signs with the attacker's ES256 key. */
    thief: { alg: 'ES256', privateKey: attacker.ES256.privateKey },
    user,
    other,
    gone,
    foreign: (await register(stranger.baseUrl)).access_token,
    strangersKey: stranger.keyRing.signing,
    jwks,
    /** A token with this payload and a valid signature. */
    signed: (content: unknown) => signSegments(headerFor(ours), encodeJson(content), ours),
    /** The same with a payload that is given as text. */
    signedText: (json: string | Buffer) => signSegments(headerFor(ours), encode(json), ours),
    /** A token with this header and a valid signature. */
    withHeader: (header: unknown) => signSegments(encodeJson(header), payload, ours),
  }
}

export type Context = Awaited<ReturnType<typeof createContext>>

/** Puts the signing key and, older than it, one key of each other algorithm into the database. */
async function storeKeys(url: string) {
  const database = connect(url)
  const secrets = [testSecret]
  const settings = keySettings(readConfig({}))
  const keeper = createKeyKeeper({ ...settings, store: createKeyStore(database), secrets, seal: createSeal(secrets) })
  await keeper.maintain()
  const older = { EdDSA: await olderKey('EdDSA'), RS256: await olderKey('RS256') }
  for (const { kid, alg, publicKey } of Object.values(older)) {
    const publicJwk = { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }
    const times = { createdAt: new Date(0), signsFrom: new Date(Date.now() - 60_000) }
    const data = { kid, alg, publicJwk, sealedPrivateJwk: 'sealed, and not needed', ...times }
    await database.prisma.signingKey.create({ data })
  }
  await database.close()
  return older
}

async function olderKey(alg: Exclude<SigningAlg, 'ES256'>): Promise<OwnKey> {
  const { publicKey, privateKey } = newKeyPair[alg]()
  return { kid: await calculateJwkThumbprint(publicKey.export({ format: 'jwk' })), alg, publicKey, privateKey }
}
