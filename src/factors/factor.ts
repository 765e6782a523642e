/** The wire shape of a factor, and of the answer to its confirmation. */
import { z } from 'zod'
import { text } from '../http/text.ts'

export const factorName = text(100)
  .trim()
  .min(1)
  .meta({ examples: ['My phone'] })

export const recoveryCodes = z
  .array(z.string())
  .describe('Recovery codes, shown once. They come with the first factor. Each replaces a lost factor one time.')
  .meta({ examples: [['7Q2M4X-9KD3TB-5VFW8C-1NHJ6P']] })

export const factor = z
  .strictObject({
    id: z.uuid(),
    kind: z.enum(['totp', 'passkey']),
    name: z.string().meta({ examples: ['My phone'] }),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime().nullable().describe('Null if it was never used.'),
    synced: z.boolean().optional().describe('Of a passkey: whether it is, or can be, on several devices.'),
  })
  .meta({ id: 'Factor', description: 'A factor that the user has.' })

export type ShownFactor = z.infer<typeof factor>

export const addedFactor = z.strictObject({ factor, recovery_codes: recoveryCodes.optional() }).meta({
  id: 'AddedFactor',
  description: 'The new factor. Access tokens from before are revoked: refresh the tokens.',
})

export type FactorAdded = z.infer<typeof addedFactor>

/** A row without its secrets. */
export type FactorRow = {
  readonly id: string
  readonly kind: 'totp' | 'passkey'
  readonly name: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly synced: boolean | null
}

/** The factor as the API shows it. */
export const toFactor = ({ id, kind, name, createdAt, lastUsedAt, synced }: FactorRow): ShownFactor => ({
  id,
  kind,
  name,
  created_at: createdAt.toISOString(),
  last_used_at: lastUsedAt?.toISOString() ?? null,
  ...(synced === null ? {} : { synced }),
})

export const factorList = z
  .strictObject({
    factors: z.array(factor),
    recovery_codes_left: z
      .int()
      .min(0)
      .max(10)
      .meta({ examples: [10] }),
    required: z.boolean().describe('Whether the settings require a second factor of the user.'),
  })
  .meta({ id: 'FactorList' })

export const factorChange = z.strictObject({ name: factorName }).meta({ id: 'FactorChange' })

export const newRecoveryCodesAnswer = z.strictObject({ recovery_codes: recoveryCodes }).meta({ id: 'RecoveryCodes' })

const acceptedCredentials = z
  .strictObject({
    rp_id: z.string().meta({ examples: ['example.com'] }),
    user_id: z
      .string()
      .describe('In base64url.')
      .meta({ examples: ['AZCltnw9fk-KGyw9Tl9gcQ'] }),
    all_accepted_credential_ids: z
      .array(z.string())
      .describe('In base64url.')
      .meta({ examples: [['zt0H2mqxYzbyHHTDQJ5C8g']] }),
  })
  .meta({
    id: 'AcceptedCredentials',
    description:
      'For `PublicKeyCredential.signalAllAcceptedCredentials`, so that the browser no longer offers passkeys that are gone.',
  })
export type AcceptedCredentials = z.infer<typeof acceptedCredentials>

export const factorRemoved = z
  .strictObject({ accepted_credentials: acceptedCredentials.optional() })
  .meta({ id: 'FactorRemoved', description: 'The member is there if a passkey was removed.' })
