/**
 * Revocations on the wire, for services that verify tokens themselves: a JWS by a key of ours, so that what stands between
 * cannot make one up, hide one, or pass an old answer off as the answer to another question.
 */
import { z } from 'zod'
import type { SignatureChecks } from '../tokens/signature.ts'
import type { Revocation } from './denylist.ts'

/** How one asks for what comes after: opaque to clients. */
export const cursor = z.string().regex(/^[A-Za-z0-9._-]{1,128}$/, 'is no cursor of this feed')

const ms = z
  .int()
  .min(0)
  .max(2 ** 50)

export const feedDocument = z
  .object({
    iss: z.string(),
    iat: z.int().describe('When this was true, seconds since 1970.'),
    after: cursor.optional().describe('What was asked: absent where everything was.'),
    next: cursor.describe('What to ask next.'),
    more: z.boolean().describe('Whether the rest of what is known already waits behind `next`.'),
    revocations: z.array(
      z.object({
        kind: z.enum(['session', 'user', 'key']),
        id: z.string().describe('The `sid`, the `sub` or the `kid` whose tokens are denied.'),
        sub: z.string().optional().describe('Whose session it was.'),
        tv: z.int().optional().describe('For a user: tokens with a lower `tv` are denied.'),
        at: ms.describe('When, milliseconds since 1970. An hour later no token is left that it denies.'),
      }),
    ),
  })
  .meta({ id: 'Revocations', description: 'The claims of the JWT.' })
export type FeedDocument = z.infer<typeof feedDocument>
type Entry = FeedDocument['revocations'][number]

export const toEntry = ({ kind, subject, userId, minTokenVersion, createdAt }: Revocation): Entry => ({
  kind,
  id: subject,
  ...(userId === null || kind === 'user' ? {} : { sub: userId }),
  ...(minTokenVersion === null ? {} : { tv: minTokenVersion }),
  at: createdAt,
})

export const toRevocation = ({ kind, id, sub, tv, at }: Entry): Revocation => ({
  kind,
  subject: id,
  userId: kind === 'user' ? id : (sub ?? null),
  minTokenVersion: tv ?? null,
  createdAt: at,
})

/** The document in a text that one of these keys signed. Throws an Error that says what is wrong with any other. */
export function openDocument(
  text: string,
  { issuer, checks }: { issuer: string; checks: SignatureChecks },
): FeedDocument {
  const check = checks.get(text.slice(0, text.indexOf('.')))
  if (!check) throw new Error('the revocations are not signed by a known key')
  const document = feedDocument.parse(check.payloadOf(text))
  if (document.iss !== issuer) throw new Error('the revocations are those of another issuer')
  return document
}
