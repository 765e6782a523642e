/** Gives people what is stored about them (GDPR, articles 15 and 20), and nothing that is known to be about anybody else. */
import { z } from 'zod'
import { toUser, user } from '../accounts/account.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
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
  .meta({ id: 'ExportedLink', description: 'A link that was asked for and not used. `address`: what it is about.' })

const exportedLetter = z
  .strictObject({
    kind: z.string(),
    created_at: time,
    next_attempt_at: time.nullable().describe('Null where it was given up.'),
    given_up_at: time.nullable(),
  })
  .meta({
    id: 'ExportedLetter',
    description: 'A letter that no mail server has taken. Those to an address that is yet to be proven are left out.',
  })

const exportedEvent = z
  .strictObject({
    at: time,
    type: z.string(),
    by: z.enum(['you', 'somebody_else']).nullable().describe('Null where nobody was logged in.'),
    session_id: z.uuid().nullable(),
    ip: z.string().nullable(),
    user_agent: z.string().nullable(),
    request_id: z.string().nullable(),
    detail: z.unknown().describe('More about it: an object of ids, numbers and words; or null.'),
  })
  .meta({
    id: 'ExportedEvent',
    description:
      'Where somebody else did it, where they did it from is theirs. Where nobody was logged in, as with a wrong password, it ' +
      'is here: it may have been you, and if not, you had better know.',
  })

export const accountExport = z
  .strictObject({
    account: user.extend({ email_verified_at: time.nullable(), disabled_at: time.nullable() }),
    sessions: z.array(exportedSession).describe(`The newest ${mostOfEach}.`),
    links: z.array(exportedLink).describe(`The newest ${mostOfEach}.`),
    letters: z.array(exportedLetter).describe(`The newest ${mostOfEach}.`),
    events: z.array(exportedEvent).describe(`The newest ${mostOfEach}.`),
  })
  .meta({ id: 'AccountExport', description: 'What is stored about a person. Hashes of secrets are left out.' })
export type AccountExport = z.infer<typeof accountExport>

const toSession = (session: StoredUser['sessions'][number]): z.infer<typeof exportedSession> => ({
  id: session.id,
  mode: session.mode,
  device: session.device,
  ip: session.ip,
  created_at: session.createdAt.toISOString(),
  refreshed_at: session.rotatedAt.toISOString(),
  authenticated_at: session.authenticatedAt.toISOString(),
  expires_at: new Date(Math.min(+session.idleExpiresAt, +session.absoluteExpiresAt)).toISOString(),
  ended_at: session.revokedAt?.toISOString() ?? null,
  end_reason: session.revokeReason,
})

const toLink = (link: StoredUser['links'][number]): z.infer<typeof exportedLink> => ({
  purpose: link.purpose,
  address: link.email,
  created_at: link.createdAt.toISOString(),
  expires_at: link.expiresAt.toISOString(),
})

const toLetter = (letter: StoredUser['letters'][number]): z.infer<typeof exportedLetter> => ({
  kind: letter.kind,
  created_at: letter.createdAt.toISOString(),
  next_attempt_at: letter.deadAt ? null : letter.nextAttemptAt.toISOString(),
  given_up_at: letter.deadAt?.toISOString() ?? null,
})

const toEvent =
  (userId: string) =>
  (event: StoredUser['events'][number]): z.infer<typeof exportedEvent> => {
    const foreign = event.actorId !== null && event.actorId !== userId
    return {
      at: event.at.toISOString(),
      type: event.type,
      by: event.actorId === null ? null : foreign ? 'somebody_else' : 'you',
      session_id: foreign ? null : event.sessionId,
      ip: foreign ? null : event.ip,
      user_agent: foreign ? null : event.userAgent,
      request_id: event.requestId,
      detail: event.detail,
    }
  }

type Who = { readonly userId: string; readonly sessionId: string }

/** Ends in `invalid_token` where the account is gone. */
export function createExportAccount({ people }: { people: ExportStore }) {
  return async function exportAccount({ userId, sessionId }: Who, context: RequestContext): Promise<AccountExport> {
    const stored = await people.read(userId, sessionId, context, mostOfEach)
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
      letters: stored.letters.map(toLetter),
      events: stored.events.map(toEvent(userId)),
    }
  }
}

export type ExportAccount = ReturnType<typeof createExportAccount>
