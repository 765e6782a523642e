/**
 * The document that services read from the feed of revocations. It is a JWT, signed with the server's signing key. So a proxy
 * between server and service cannot invent a revocation, remove one, or replay an old answer to another question.
 */
import { z } from 'zod'
import type { SignatureChecks } from '../tokens/signature.ts'
import type { Revocation } from './denylist.ts'

/** The position of a client in the feed. Opaque to clients. */
export const cursor = z.string().regex(/^[A-Za-z0-9._-]{1,128}$/, 'is no cursor of this feed')

const seconds = z
  .int()
  .min(0)
  .max(2 ** 40)
const ms = z
  .int()
  .min(0)
  .max(2 ** 50)

export const feedDocument = z
  .object({
    iss: z.string(),
    iat: seconds.describe('When the server read the revocations, in seconds since 1970.'),
    after: cursor.optional().describe('The `after` of the request. Absent if the request had none.'),
    next: cursor.describe('The `after` of the next request.'),
    more: z.boolean().describe('Whether the next page can be read at once.'),
    revocations: z.array(
      z.object({
        kind: z.enum(['session', 'user', 'key']),
        id: z.string().describe('The `sid`, `sub` or `kid` of the denied tokens.'),
        sub: z.string().optional().describe('For a session: its user.'),
        tv: z
          .int()
          .min(0)
          .max(2 ** 31 - 1)
          .optional()
          .describe('For a user: tokens with a lower `tv` are denied.'),
        at: ms.describe(
          'The time of the revocation in milliseconds since 1970. After an hour, every denied token has expired.',
        ),
      }),
    ),
  })
  .meta({
    id: 'Revocations',
    description: 'The claims of the JWT of the feed.',
    examples: [
      {
        iss: 'https://auth.example.com',
        iat: 1773481013,
        next: 'v1.42',
        more: false,
        revocations: [
          {
            kind: 'session',
            id: '0190a5b6-8d4e-7f50-9b2c-3d4e5f607182',
            sub: '0190a5b6-7c3d-7e4f-8a1b-2c3d4e5f6071',
            at: 1773481012589,
          },
        ],
      },
    ],
  })
export type FeedDocument = z.infer<typeof feedDocument>

/** The body of the answer: a JWT with these claims. The document describes it as the text that it is. */
export const feedJwt = z.string().meta({
  description: 'A JWT. `contentSchema` describes its payload.',
  contentMediaType: 'application/jwt',
  contentSchema: { $ref: '#/components/schemas/Revocations' },
  examples: [
    'eyJhbGciOiJFUzI1NiIsInR5cCI6InJldm9jYXRpb25zK2p3dCIsImtpZCI6ImFuLWV4YW1wbGUifQ.eyJpc3MiOiJodHRwczovL2F1dGguZXhhbXBsZS5jb20iLCJpYXQiOjE3NzM0ODEwMTMsIm5leHQiOiJ2MS40MiIsIm1vcmUiOmZhbHNlLCJyZXZvY2F0aW9ucyI6W119.YSBzaWduYXR1cmUgb2YgYW4gZXhhbXBsZSBoYXMgc2l4dHktZm91ciBieXRlcywgYXMgaGVyZTogMDAwMDAwMDA',
  ],
})
type Entry = FeedDocument['revocations'][number]

/** The revocation as an entry of the document. */
export const toEntry = ({ kind, subject, userId, minTokenVersion, createdAt }: Revocation): Entry => ({
  kind,
  id: subject,
  ...(userId === null || kind === 'user' ? {} : { sub: userId }),
  ...(minTokenVersion === null ? {} : { tv: minTokenVersion }),
  at: createdAt,
})

/** The entry of a document as a revocation. */
export const toRevocation = ({ kind, id, sub, tv, at }: Entry): Revocation => ({
  kind,
  subject: id,
  userId: kind === 'user' ? id : (sub ?? null),
  minTokenVersion: tv ?? null,
  createdAt: at,
})

/** The document in a JWT. Throws an Error that names the fault if no known key signed it, or if another issuer wrote it. */
export function openDocument(
  text: string,
  { issuer, checks }: { issuer: string; checks: SignatureChecks },
): FeedDocument {
  const check = checks.get(text.slice(0, text.indexOf('.')))
  if (!check) throw new Error('the revocations are not signed by a known key')
  const document = feedDocument.parse(check.payloadOf(text))
  if (document.iss !== issuer) throw new Error('the revocations are of another issuer')
  return document
}
