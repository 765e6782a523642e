/** A session as its user sees it. */
import { z } from 'zod'
import type { ListedSession } from './session-list-store.ts'
import { toSessionOnWire } from './session-wire.ts'

/** A user with more sessions than this is a script. The list shows the latest, and the number of all. */
export const mostShown = 200

const session = z
  .strictObject({
    id: z.uuid().meta({ examples: ['0190a5b6-8d4e-7f50-9b2c-3d4e5f607182'] }),
    current: z
      .boolean()
      .describe('Whether it is the session of this request.')
      .meta({ examples: [true] }),
    device: z
      .string()
      .nullable()
      .describe('A guess from the User-Agent of the login.')
      .meta({ examples: ['Firefox on Linux'] }),
    ip: z
      .string()
      .nullable()
      .describe('The address of the client at login.')
      .meta({ examples: ['203.0.113.7'] }),
    mode: z.enum(['bearer', 'cookie']),
    created_at: z.iso.datetime(),
    last_used_at: z.iso
      .datetime()
      .describe(
        'The last refresh, or the login. It can be older than the last request by the life of an access token.',
      ),
    expires_at: z.iso.datetime().describe('When it expires unless it is refreshed before.'),
    absolute_expires_at: z.iso.datetime().describe('When it expires even if it is used.'),
  })
  .meta({ id: 'Session', description: 'One sign-in on one device.' })

export const sessionList = z
  .strictObject({
    sessions: z
      .array(session)
      .max(mostShown)
      .describe('The current session first, then the others, the most recently used first.'),
    total: z.int().min(1).describe(`The number of live sessions. At most ${mostShown} are listed.`),
  })
  .meta({ id: 'SessionList' })
export type SessionList = z.infer<typeof sessionList>

/** The session as the API shows it. */
export const toListedSession = (listed: ListedSession, currentId: string): z.infer<typeof session> => {
  const { refreshed_at: lastUsedAt, ...same } = toSessionOnWire(listed)
  return {
    ...same,
    current: listed.id === currentId,
    last_used_at: lastUsedAt,
    absolute_expires_at: listed.absoluteExpiresAt.toISOString(),
  }
}
