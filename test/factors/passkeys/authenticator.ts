/** An authenticator in software, and the browser in front of it. A test may change what each of them says. */
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { CreationOptions, RequestOptions } from '../../../src/factors/passkeys/options.ts'

/** What the user and the browser do. */
export type Manner = {
  /** Whether the authenticator verifies the user. */
  readonly verifies?: boolean
  readonly origin?: string
  readonly rpId?: string
  readonly counter?: number
  /** Members of the client data besides the usual ones. */
  readonly clientData?: object
}

type Settings = { readonly synced?: boolean; readonly origin?: string; readonly aaguid?: Buffer; readonly id?: Buffer }

const hash = (data: string | Buffer) => createHash('sha256').update(data).digest()
const base64url = (data: Buffer | string) => Buffer.from(data).toString('base64url')

// CBOR (RFC 8949), as far as it is needed here.
const head = (major: number, n: number) =>
  n < 24
    ? Buffer.of((major << 5) | n)
    : n < 256
      ? Buffer.of((major << 5) | 24, n)
      : Buffer.of((major << 5) | 25, n >> 8, n & 255)
const bytes = (value: Buffer) => Buffer.concat([head(2, value.length), value])
const text = (value: string) => Buffer.concat([head(3, value.length), Buffer.from(value)])
const int = (n: number) => (n < 0 ? head(1, -1 - n) : head(0, n))
const map = (...entries: [Buffer, Buffer][]) => Buffer.concat([head(5, entries.length), ...entries.flat()])

function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  const coordinate = (value: string) => bytes(Buffer.from(value, 'base64url'))
  return map([int(1), int(2)], [int(3), int(-7)], [int(-1), int(1)], [int(-2), coordinate(x)], [int(-3), coordinate(y)])
}

export type Authenticator = ReturnType<typeof createAuthenticator>

/** An authenticator with one passkey. */
export function createAuthenticator({
  synced = false,
  origin = 'https://auth.example.test',
  aaguid,
  id,
}: Settings = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const credentialId = id ?? randomBytes(32)
  const key = createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }))
  let used = 0
  let userHandle: string | undefined

  const clientDataJson = (type: string, challenge: string, manner: Manner) =>
    base64url(
      JSON.stringify({ type, challenge, origin: manner.origin ?? origin, crossOrigin: false, ...manner.clientData }),
    )

  function authData(rpId: string, manner: Manner, attested: Buffer): Buffer {
    const { verifies = true } = manner
    const flags = 1 | (verifies ? 4 : 0) | (synced ? 8 | 16 : 0) | (attested.length > 0 ? 64 : 0)
    // A synced passkey does not count.
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(manner.counter ?? (synced ? 0 : ++used))
    return Buffer.concat([hash(manner.rpId ?? rpId), Buffer.of(flags), counter, attested])
  }

  const common = { id: base64url(credentialId), rawId: base64url(credentialId), type: 'public-key' } as const

  return {
    id: common.id,

    /** As `navigator.credentials.create`. */
    create(options: CreationOptions, manner: Manner = {}) {
      userHandle = options.user.id
      const length = Buffer.of(credentialId.length >> 8, credentialId.length & 255)
      const attested = Buffer.concat([aaguid ?? Buffer.alloc(16), length, credentialId, coseKey(publicKey)])
      const data = authData(options.rp.id, manner, attested)
      const attestation = map([text('fmt'), text('none')], [text('attStmt'), map()], [text('authData'), bytes(data)])
      return {
        ...common,
        response: {
          clientDataJSON: clientDataJson('webauthn.create', options.challenge, manner),
          attestationObject: base64url(attestation),
          transports: ['internal'],
        },
      }
    },

    /** As `navigator.credentials.get`. */
    get(options: RequestOptions, manner: Manner = {}) {
      const clientDataJSON = clientDataJson('webauthn.get', options.challenge, manner)
      const data = authData(options.rpId, manner, Buffer.alloc(0))
      const signed = Buffer.concat([data, hash(Buffer.from(clientDataJSON, 'base64url'))])
      return {
        ...common,
        response: {
          clientDataJSON,
          authenticatorData: base64url(data),
          signature: base64url(sign('sha256', signed, key)),
          // A browser gives the handle for every passkey that it found by itself.
          ...(options.allowCredentials ? {} : { userHandle }),
        },
      }
    },
  }
}
