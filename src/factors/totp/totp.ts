/** The wire shapes of authenticator apps. */
import { z } from 'zod'
import { sixDigits } from '../../http/six-digits.ts'

export const appCode = sixDigits.describe('The six digits that the app shows.').meta({ examples: ['287082'] })

const id = z.uuid().meta({ examples: ['0190a5b6-9e5f-7a61-8b3c-4d5e6f708192'] })
const secretExample = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

export const totpBegun = z
  .strictObject({
    id,
    secret: z
      .string()
      .describe('For users who type it: 160 bits in base32.')
      .meta({ examples: [secretExample] }),
    uri: z
      .string()
      .describe('For a link that opens an authenticator app on the same device.')
      .meta({
        examples: [
          `otpauth://totp/Example:ada%40example.com?secret=${secretExample}&issuer=Example&algorithm=SHA1&digits=6&period=30`,
        ],
      }),
    qr_svg: z
      .string()
      .describe('The same URI as an SVG image of a QR code.')
      .meta({ examples: ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 212 212">…</svg>'] }),
  })
  .meta({
    id: 'TotpBegun',
    description: 'An authenticator app that is not confirmed yet. The secret is shown this once.',
  })
export type TotpBegun = z.infer<typeof totpBegun>

export const totpConfirmation = z.strictObject({ id, code: appCode }).meta({ id: 'TotpConfirmation' })
