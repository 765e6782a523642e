/** Exports the data that is stored about a user (GDPR, articles 15 and 20). Data that is known to be about others is left out. */
import { z } from 'zod'
import { toUser, user } from '../accounts/account.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import { toSessionOnWire } from '../sessions/session-wire.ts'
import type { ExportStore, StoredUser } from './export-store.ts'

const time = z.iso.datetime()
const mostOfEach = 5000

const exportedSession = z
  .strictObject({
    id: z.uuid(),
    mode: z.enum(['bearer', 'cookie']),
    device: z.string().nullable(),
    ip: z.string().nullable(),
    created_at: time,
    refreshed_at: time,
    authenticated_at: time,
    expires_at: time,
    ended_at: time.nullable(),
    end_reason: z.string().nullable(),
  })
  .meta({ id: 'ExportedSession' })

const exportedLink = z
  .strictObject({ purpose: z.string(), address: z.string(), created_at: time, expires_at: time })
  .meta({
    id: 'ExportedLink',
    description: 'A link that was sent and not used. `address` is the address that it belongs to.',
  })

const exportedMail = z
  .strictObject({
    kind: z.string(),
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
    count: z.int().describe('How often it happened. Repetitions within an hour are one event.'),
    type: z.string(),
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
    sessions: z.array(exportedSession).describe(`The newest ${mostOfEach}.`),
    links: z.array(exportedLink).describe(`The newest ${mostOfEach}.`),
    letters: z.array(exportedMail).describe(`The newest ${mostOfEach}.`),
    events: z.array(exportedEvent).describe(`The newest ${mostOfEach}.`),
  })
  .meta({ id: 'AccountExport', description: 'The data that is stored about a user. Hashes of secrets are left out.' })
export type AccountExport = z.infer<typeof accountExport>

const toSession = (session: StoredUser['sessions'][number]): z.infer<typeof exportedSession> => ({
  ...toSessionOnWire(session),
  authenticated_at: session.authenticatedAt.toISOString(),
  ended_at: session.revokedAt?.toISOString() ?? null,
  end_reason: session.revokeReason,
})

const toLink = (link: StoredUser['links'][number]): z.infer<typeof exportedLink> => ({
  purpose: link.purpose,
  address: link.email,
  created_at: link.createdAt.toISOString(),
  expires_at: link.expiresAt.toISOString(),
})

const toMail = (mail: StoredUser['mails'][number]): z.infer<typeof exportedMail> => ({
  kind: mail.kind,
  created_at: mail.createdAt.toISOString(),
  next_attempt_at: mail.deadAt ? null : mail.nextAttemptAt.toISOString(),
  given_up_at: mail.deadAt?.toISOString() ?? null,
})

const toEvent =
  (userId: string) =>
  (event: StoredUser['events'][number]): z.infer<typeof exportedEvent> => {
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

/** Ends in `invalid_token` if the account is gone. */
export type ExportAccount = (
  principal: { readonly userId: string; readonly sessionId: string },
  context: RequestContext,
) => Promise<AccountExport>

export function createExportAccount({ exports }: { exports: ExportStore }): ExportAccount {
  return async function exportAccount({ userId, sessionId }, context) {
    const stored = await exports.read(userId, sessionId, context, mostOfEach)
    if (!stored) throw new AppError('invalid_token')
    const { emailVerifiedAt, disabledAt } = stored.user
    return {
      account: {
        ...toUser(stored.user),
        email_verified_at: emailVerifiedAt?.toISOString() ?? null,
        disabled_at: disabledAt?.toISOString() ?? null,
      },
      sessions: stored.sessions.map(toSession),
      links: stored.links.map(toLink),
      letters: stored.mails.map(toMail),
      events: stored.events.map(toEvent(userId)),
    }
  }
}
