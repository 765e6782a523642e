/** The wire shapes of an export that say how the user signs in. */
import { z } from 'zod'
import type { StoredPage } from './export-store.ts'

const time = z.iso.datetime()

export const exportedFactor = z
  .strictObject({
    id: z.uuid(),
    kind: z.enum(['totp', 'passkey']),
    name: z.string().meta({ examples: ['Phone'] }),
    created_at: time,
    confirmed_at: time.nullable(),
    last_used_at: time.nullable(),
    credential_id: z
      .string()
      .nullable()
      .describe('Of a passkey, in base64url.')
      .meta({ examples: ['AZCltnw9fk-KGyw9Tl9gcQ'] }),
    public_key: z
      .string()
      .nullable()
      .describe('Of a passkey: COSE (RFC 9052), in base64url.')
      .meta({ examples: ['pQECAyYgASFYIA'] }),
    transports: z
      .array(z.string())
      .describe('Of a passkey.')
      .meta({ examples: [['internal', 'hybrid']] }),
    synced: z.boolean().nullable().describe('Of a passkey.'),
    aaguid: z.uuid().nullable().describe('Of a passkey: the model of the authenticator.'),
  })
  .meta({ id: 'ExportedFactor' })

export const exportedRecoveryCode = z
  .strictObject({ used_at: time.nullable() })
  .meta({ id: 'ExportedRecoveryCode', description: 'A recovery code. Only a hash of it is stored.' })

export const toFactor = (factor: StoredPage['factors'][number]): z.infer<typeof exportedFactor> => ({
  id: factor.id,
  kind: factor.kind,
  name: factor.name,
  created_at: factor.createdAt.toISOString(),
  confirmed_at: factor.confirmedAt?.toISOString() ?? null,
  last_used_at: factor.lastUsedAt?.toISOString() ?? null,
  credential_id: factor.credentialId && Buffer.from(factor.credentialId).toString('base64url'),
  public_key: factor.publicKey && Buffer.from(factor.publicKey).toString('base64url'),
  transports: factor.transports,
  synced: factor.synced,
  aaguid: factor.aaguid,
})

export const toRecoveryCode = (code: StoredPage['recoveryCodes'][number]): z.infer<typeof exportedRecoveryCode> => ({
  used_at: code.usedAt?.toISOString() ?? null,
})
