/** The wire shapes of options, for `parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON` of browsers (WebAuthn §5.1.9, §5.1.10). */
import { z } from 'zod'

const challenge = z
  .string()
  .describe('It works once, for ten minutes.')
  .meta({ examples: ['an-example-of-a-challenge'] })
const relyingParty = z.string().meta({ examples: ['example.com'] })
const timeout = z
  .int()
  .describe('Milliseconds.')
  .meta({ examples: [600_000] })
const verification = z.enum(['required', 'preferred', 'discouraged'])
const descriptors = z.array(
  z.strictObject({
    type: z.literal('public-key'),
    id: z.string().meta({ examples: ['an-example-of-a-credential-id'] }),
    transports: z
      .array(z.string())
      .optional()
      .meta({ examples: [['internal']] }),
  }),
)

export const creationOptions = z
  .strictObject({
    rp: z.strictObject({ id: relyingParty, name: z.string().meta({ examples: ['Example'] }) }),
    user: z.strictObject({
      id: z
        .string()
        .describe('The bytes of the id of the user, in base64url.')
        .meta({ examples: ['AZCltnw9fk-KGyw9Tl9gcQ'] }),
      name: z.string().meta({ examples: ['ada@example.com'] }),
      displayName: z.string().meta({ examples: ['Ada Lovelace'] }),
    }),
    challenge,
    pubKeyCredParams: z.array(z.strictObject({ type: z.literal('public-key'), alg: z.int().meta({ examples: [-7] }) })),
    timeout,
    excludeCredentials: descriptors.describe(
      'The passkeys that the user has. An authenticator with one of them makes no other.',
    ),
    authenticatorSelection: z.strictObject({
      residentKey: z.enum(['required', 'preferred']),
      requireResidentKey: z.boolean(),
      userVerification: verification,
    }),
    attestation: z.literal('none'),
    extensions: z.strictObject({ credProps: z.literal(true) }),
    hints: z.array(z.string()).meta({ examples: [[]] }),
  })
  .meta({ id: 'PasskeyCreationOptions', description: 'For `PublicKeyCredential.parseCreationOptionsFromJSON`.' })
export type CreationOptions = z.infer<typeof creationOptions>

export const requestOptions = z
  .strictObject({
    rpId: relyingParty,
    challenge,
    timeout,
    userVerification: verification,
    allowCredentials: descriptors
      .optional()
      .describe('The passkeys of the user. Without it, the user chooses among all passkeys of this server.'),
  })
  .meta({ id: 'PasskeyRequestOptions', description: 'For `PublicKeyCredential.parseRequestOptionsFromJSON`.' })
export type RequestOptions = z.infer<typeof requestOptions>
