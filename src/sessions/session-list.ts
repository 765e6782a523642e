/** What the API says of a session to the person whose it is: the device it is on. */
import { z } from 'zod'
import type { ListedSession } from './session-list-store.ts'

/** A person with more sessions than this is a script: they are shown the latest, and how many there are. */
export const mostShown = 200

const device = z
  .strictObject({
    id: z.uuid(),
    current: z.boolean().describe('Whether this request speaks for it.'),
    device: z
      .string()
      .nullable()
      .describe('A guess from the user agent at login.')
      .meta({ examples: ['Firefox on Linux'] }),
    ip: z.string().nullable().describe('Where the login came from.'),
    mode: z.enum(['bearer', 'cookie']),
    created_at: z.iso.datetime(),
    last_used_at: z.iso
      .datetime()
      .describe('The last refresh, or the login: right to within the life of an access token.'),
    expires_at: z.iso.datetime().describe('When it ends unless it is refreshed before.'),
    absolute_expires_at: z.iso.datetime().describe('When it ends however much it is used.'),
  })
  .meta({ id: 'Session', description: 'A login on one device.' })

export const sessionList = z
  .strictObject({
    sessions: z.array(device).max(mostShown).describe('The current one, then the others, last used first.'),
    total: z.int().min(1).describe(`How many there are. At most ${mostShown} are listed.`),
  })
  .meta({ id: 'SessionList' })
export type SessionList = z.infer<typeof sessionList>

/** The session as the wire shows it. */
export const toListedSession = (
  { createdAt, rotatedAt, idleExpiresAt, absoluteExpiresAt, ...same }: ListedSession,
  currentId: string,
): z.infer<typeof device> => ({
  ...same,
  current: same.id === currentId,
  created_at: createdAt.toISOString(),
  last_used_at: rotatedAt.toISOString(),
  expires_at: new Date(Math.min(+idleExpiresAt, +absoluteExpiresAt)).toISOString(),
  absolute_expires_at: absoluteExpiresAt.toISOString(),
})
