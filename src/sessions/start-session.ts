/** Begins a session for a person who has just proved who they are. */
import { randomUUID } from 'node:crypto'
import type { Account } from '../accounts/account-store.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import { hashSecret, type Mode, type RefreshTokens } from '../tokens/refresh-token.ts'
import type { RevocationFeed } from '../verification/revocation-feed.ts'
import { deviceName } from './device-name.ts'
import type { SessionStore } from './session-store.ts'
import type { TokenPair, TokenPairs } from './token-pair.ts'

type Given = {
  sessions: SessionStore
  revocations: Pick<RevocationFeed, 'denySession'>
  refreshTokens: RefreshTokens
  tokenPairFor: TokenPairs
  idleSeconds: number
  maxSeconds: number
}

/** The client that logs in, and the refresh token it has carried so far, if any: that session ends. */
export type Client = {
  readonly mode: Mode
  readonly previous?: string | undefined
  readonly context: RequestContext
}

/** Ends in `invalid_credentials` where the account changed since its password was checked. */
export function createStartSession({
  sessions,
  revocations,
  refreshTokens,
  tokenPairFor,
  idleSeconds,
  maxSeconds,
}: Given) {
  return async function startSession(account: Account, { mode, previous, context }: Client): Promise<TokenPair> {
    const id = randomUUID()
    const secret = refreshTokens.newSecret()
    const headHash = hashSecret(secret)
    const device = deviceName(context.userAgent)
    const limits = { idleSeconds, maxSeconds }
    const session = await sessions.insert({ id, mode, account, headHash, amr: ['pwd'], ...limits, device, context })
    if (!session) throw new AppError('invalid_credentials')
    const replaced = previous === undefined ? undefined : refreshTokens.parse(previous, mode)
    if (replaced) {
      const userId = await sessions.end(replaced.sessionId, 'replaced', context)
      if (userId !== undefined) revocations.denySession(replaced.sessionId, userId)
    }
    return tokenPairFor(id, session, refreshTokens.format({ mode, sessionId: id, generation: 0, secret }))
  }
}

export type StartSession = ReturnType<typeof createStartSession>
