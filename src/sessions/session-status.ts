/** Whether the user of a request is signed in. A page asks this when it loads, and no answer is an error. */
import { z } from 'zod'
import { user } from '../accounts/account.ts'
import type { Profile } from '../accounts/profile.ts'
import { AppError } from '../errors.ts'
import { toWhoami, whoami } from '../guard/whoami.ts'
import type { Mode } from '../http/mode.ts'
import { discriminatedBy } from '../http/openapi/discriminator.ts'
import type { RefreshTokens } from '../tokens/refresh-token.ts'
import type { VerifyAccessToken } from '../tokens/verify-access-token.ts'
import type { SessionStore } from './session-store.ts'

const signedInNow = z
  .strictObject({
    status: z.literal('signed_in'),
    mode: z.enum(['bearer', 'cookie']).describe('How the client carries its tokens.'),
    principal: whoami,
    user,
  })
  .meta({ id: 'SessionSignedIn', description: 'The access token works.' })

const refreshRequired = z.strictObject({ status: z.literal('refresh_required') }).meta({
  id: 'SessionRefreshRequired',
  description:
    'The access token is missing or works no more, and there is a cookie with a refresh token. `POST /auth/refresh` tells whether the ' +
    'user is still signed in.',
})

const signedOut = z
  .strictObject({ status: z.literal('signed_out') })
  .meta({ id: 'SessionSignedOut', description: 'Nobody is signed in.' })

export const sessionStatus = z.discriminatedUnion('status', [signedInNow, refreshRequired, signedOut]).meta({
  id: 'SessionStatus',
  discriminator: discriminatedBy('status', {
    signed_in: 'SessionSignedIn',
    refresh_required: 'SessionRefreshRequired',
    signed_out: 'SessionSignedOut',
  }),
})

type SessionStatus = z.infer<typeof sessionStatus>

type Dependencies = {
  verifyAccessToken: VerifyAccessToken
  sessions: Pick<SessionStore, 'isLive'>
  refreshTokens: Pick<RefreshTokens, 'parse'>
  profile: Pick<Profile, 'read'>
}

/** The tokens of the request. Both functions may end in a 401, which means that there is no token. */
type Presented = {
  readonly mode: Mode
  readonly accessToken: () => string | undefined
  readonly refreshToken: () => { readonly token: string; readonly mode: Mode } | undefined
}

/**
 * Refreshes nothing and changes nothing. The access token is checked like by `authenticate({ check: 'session' })`. Ends in no 401, but in
 * the other errors of that check.
 */
export type ReadSessionStatus = (presented: Presented) => Promise<SessionStatus>

/** Undefined where a route would answer 401. Other errors are errors here too. */
async function unlessRefused<T>(read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof AppError && error.statusCode === 401) return undefined
    throw error
  }
}

export function createReadSessionStatus(dependencies: Dependencies): ReadSessionStatus {
  const { verifyAccessToken, sessions, refreshTokens, profile } = dependencies

  return async function readSessionStatus({ mode, accessToken, refreshToken }) {
    const found = await unlessRefused(async () => {
      const token = accessToken()
      if (token === undefined) return undefined
      const principal = verifyAccessToken(token)
      const { sessionId, userId, tokenVersion } = principal
      if (!(await sessions.isLive(sessionId, userId, tokenVersion))) return undefined
      return { principal: toWhoami(principal), user: await profile.read(userId) }
    })
    if (found) return { status: 'signed_in', mode, ...found }
    const presented = await unlessRefused(refreshToken)
    const mayRefresh = presented !== undefined && refreshTokens.parse(presented.token, presented.mode) !== undefined
    return { status: mayRefresh ? 'refresh_required' : 'signed_out' }
  }
}
