/** The claims of an access token on the wire. */
import { z } from 'zod'
import type { Principal } from '../tokens/principal.ts'

export const whoami = z
  .strictObject({
    sub: z.uuid().describe('The user.'),
    sid: z
      .uuid()
      .describe('The session.')
      .meta({ examples: ['0190a5b6-8d4e-7f50-9b2c-3d4e5f607182'] }),
    roles: z
      .array(z.string())
      .describe('Empty if the user has none.')
      .meta({ examples: [['editor']] }),
    amr: z
      .array(z.string())
      .describe('How the user logged in (RFC 8176).')
      .meta({ examples: [['pwd']] }),
    acr: z
      .string()
      .describe('How strongly the user signed in: `aal2` with two factors, `aal1` with one.')
      .meta({ examples: ['aal1'] }),
    auth_time: z
      .int()
      .min(0)
      .max(2 ** 40)
      .describe('When the user logged in, in seconds since 1970.')
      .meta({ examples: [1773480413] }),
    iat: z
      .int()
      .min(0)
      .max(2 ** 40)
      .describe('When the token was issued.')
      .meta({ examples: [1773481013] }),
    exp: z
      .int()
      .min(0)
      .max(2 ** 40)
      .describe('When the token expires.')
      .meta({ examples: [1773481613] }),
    scope: z.string().optional(),
  })
  .meta({ id: 'Whoami', description: 'The claims of an access token.' })

export const toWhoami = ({
  userId,
  sessionId,
  roles,
  amr,
  acr,
  authTime,
  issuedAt,
  expiresAt,
  scope,
}: Principal): z.infer<typeof whoami> => ({
  sub: userId,
  sid: sessionId,
  roles: [...roles],
  amr: [...amr],
  acr,
  auth_time: authTime,
  iat: issuedAt,
  exp: expiresAt,
  ...(scope === undefined ? {} : { scope }),
})
