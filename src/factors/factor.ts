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
  .meta({ examples: [['ABCDEF-GHJKLM-NPQRST-UVWXYZ']] })

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

export const addedFactor = z.strictObject({ factor, recovery_codes: recoveryCodes.optional() }).meta({
  id: 'AddedFactor',
  description: 'The new factor. Access tokens from before are revoked: refresh the tokens.',
})

type Row = {
  readonly id: string
  readonly kind: 'totp' | 'passkey'
  readonly name: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly synced: boolean | null
}

/** The factor as the API shows it. */
export const toFactor = ({ id, kind, name, createdAt, lastUsedAt, synced }: Row): z.infer<typeof factor> => ({
  id,
  kind,
  name,
  created_at: createdAt.toISOString(),
  last_used_at: lastUsedAt?.toISOString() ?? null,
  ...(synced === null ? {} : { synced }),
})
