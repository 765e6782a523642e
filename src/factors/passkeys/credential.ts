/**
 * The wire shapes of credentials, as the `toJSON` of browsers writes them (WebAuthn §5.1.8). Their names are those of the standard. Members
 * that a newer browser adds are dropped, because no page chooses them.
 */
import { z } from 'zod'

// The body of a request is 16 KiB at most.
const longest = 16_384
const base64url = z
  .string()
  .max(longest)
  .regex(/^[A-Za-z0-9_-]*$/)
  .meta({ examples: ['bytes-in-base64url'] })
// 1023 bytes (WebAuthn §4).
const credentialId = z
  .string()
  .min(1)
  .max(1364)
  .regex(/^[A-Za-z0-9_-]+$/)
  .meta({ examples: ['an-example-of-a-credential-id'] })

const shared = {
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  authenticatorAttachment: z
    .string()
    .max(40)
    .nullish()
    .meta({ examples: ['platform'] }),
}

const transport = z
  .string()
  .max(20)
  .regex(/^[a-z-]+$/)
  .meta({ examples: ['internal'] })

export const createdCredential = z
  .object({
    ...shared,
    response: z.object({
      clientDataJSON: base64url,
      attestationObject: base64url,
      transports: z.array(transport).max(10).optional().describe('How a browser can reach the authenticator.'),
    }),
  })
  .meta({
    id: 'CreatedPasskey',
    description: 'The result of `navigator.credentials.create`, by its `toJSON`.',
  })
export type CreatedCredential = z.infer<typeof createdCredential>

export const usedCredential = z
  .object({
    ...shared,
    response: z.object({
      clientDataJSON: base64url,
      authenticatorData: base64url,
      signature: base64url,
      userHandle: base64url.nullish().describe('The id of the user, if the passkey knows it.'),
    }),
  })
  .meta({ id: 'UsedPasskey', description: 'The result of `navigator.credentials.get`, by its `toJSON`.' })
export type UsedCredential = z.infer<typeof usedCredential>
