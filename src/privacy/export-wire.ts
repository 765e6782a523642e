/** The wire shapes of the export. Data that is known to be about others is left out. */
import { z } from 'zod'
import { user } from '../accounts/account.ts'
import { trustedDevice } from '../factors/trusted-devices/trusted-device.ts'
import { nextCursor, paging } from '../http/cursor.ts'
import { toSessionOnWire } from '../sessions/session-wire.ts'
import { exportedFactor, exportedRecoveryCode } from './export-sign-in-wire.ts'
import type { StoredPage } from './export-store.ts'

const time = z.iso.datetime()

/** The most rows of a page, of all lists together. */
const mostRows = 1000

export const exportQuery = z.strictObject({
  cursor: paging.cursor,
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(mostRows)
    .default(mostRows)
    .describe('The most rows of all lists together.'),
})
export type ExportQuery = z.infer<typeof exportQuery>

const exportedSession = z
  .strictObject({
    id: z.uuid(),
    mode: z.enum(['bearer', 'cookie']),
    device: z
      .string()
      .nullable()
      .meta({ examples: ['Firefox on Linux'] }),
    ip: z
      .string()
      .nullable()
      .meta({ examples: ['203.0.113.7'] }),
    created_at: time,
    refreshed_at: time,
    authenticated_at: time,
    methods: z
      .array(z.string())
      .describe('How the user signed in (RFC 8176).')
      .meta({ examples: [['pwd', 'otp', 'mfa']] }),
    expires_at: time,
    ended_at: time.nullable(),
    end_reason: z.string().nullable(),
  })
  .meta({ id: 'ExportedSession' })

const exportedLink = z
  .strictObject({
    purpose: z.string().meta({ examples: ['email_verification'] }),
    address: z.string().meta({ examples: ['ada@example.com'] }),
    created_at: time,
    expires_at: time,
  })
  .meta({
    id: 'ExportedLink',
    description: 'A link that was sent and not used. `address` is the address that it belongs to.',
  })

const exportedMail = z
  .strictObject({
    kind: z.string().meta({ examples: ['email_verification'] }),
    created_at: time,
    next_attempt_at: time.nullable().describe('Null if sending was given up.'),
    given_up_at: time.nullable(),
  })
  .meta({
    id: 'ExportedLetter',
    description:
      'A mail that no mail server has accepted yet. Mails to an address that is not verified yet are left out.',
  })

const exportedEvent = z
  .strictObject({
    at: time.describe('When it happened, for the first time in its hour.'),
    last_at: time.describe('When it happened last. The same as `at` if it happened once.'),
    count: z
      .int()
      .min(1)
      .max(2 ** 31 - 1)
      .describe('How often it happened. Repetitions within an hour are one event.'),
    type: z.string().meta({ examples: ['login_succeeded'] }),
    by: z.enum(['you', 'somebody_else']).nullable().describe('Null if no user was signed in.'),
    session_id: z.uuid().nullable(),
    ip: z.string().nullable(),
    user_agent: z.string().nullable(),
    request_id: z.string().nullable(),
    detail: z.unknown().describe('Details: an object of ids, numbers and words, or null.'),
  })
  .meta({
    id: 'ExportedEvent',
    description:
      'For an action by another user, the address and the browser are left out. For an action without a sign-in, such as a wrong ' +
      'password, they are here: it may have been you, and if not, you should know.',
  })

export const accountExport = z
  .strictObject({
    account: user.extend({ email_verified_at: time.nullable(), disabled_at: time.nullable() }),
    factors: z.array(exportedFactor).describe('On the first page only, the newest first.'),
    recovery_codes: z.array(exportedRecoveryCode).describe('On the first page only.'),
    trusted_devices: z.array(trustedDevice).describe('On the first page only, the newest first.'),
    sessions: z.array(exportedSession).describe('The newest first.'),
    links: z.array(exportedLink).describe('The newest first.'),
    letters: z.array(exportedMail).describe('The newest first.'),
    events: z.array(exportedEvent).describe('The newest first.'),
    next_cursor: nextCursor,
  })
  .meta({
    id: 'AccountExport',
    description: 'A page of the data that is stored about a user. Hashes of secrets are left out.',
  })
export type AccountExport = z.infer<typeof accountExport>

export const toSession = (session: StoredPage['sessions'][number]): z.infer<typeof exportedSession> => ({
  ...toSessionOnWire(session),
  authenticated_at: session.authenticatedAt.toISOString(),
  methods: session.amr,
  ended_at: session.revokedAt?.toISOString() ?? null,
  end_reason: session.revokeReason,
})

export const toLink = (link: StoredPage['links'][number]): z.infer<typeof exportedLink> => ({
  purpose: link.purpose,
  address: link.email,
  created_at: link.createdAt.toISOString(),
  expires_at: link.expiresAt.toISOString(),
})

export const toMail = (mail: StoredPage['mails'][number]): z.infer<typeof exportedMail> => ({
  kind: mail.kind,
  created_at: mail.createdAt.toISOString(),
  next_attempt_at: mail.deadAt ? null : mail.nextAttemptAt.toISOString(),
  given_up_at: mail.deadAt?.toISOString() ?? null,
})

export const toEvent =
  (userId: string) =>
  (event: StoredPage['events'][number]): z.infer<typeof exportedEvent> => {
    const foreign = event.actorId !== null && event.actorId !== userId
    return {
      at: event.at.toISOString(),
      last_at: (event.lastAt ?? event.at).toISOString(),
      count: event.count,
      type: event.type,
      by: event.actorId === null ? null : foreign ? 'somebody_else' : 'you',
      session_id: foreign ? null : event.sessionId,
      ip: foreign ? null : event.ip,
      user_agent: foreign ? null : event.userAgent,
      request_id: event.requestId,
      detail: event.detail,
    }
  }
