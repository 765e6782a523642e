/** Begins a session for a person who has just proved who they are. */
import { randomUUID } from 'node:crypto'
import type { Account } from '../accounts/account-store.ts'
import { AppError } from '../errors.ts'
import type { Mode } from '../http/mode.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Limits } from '../limits/limits.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import { deviceName } from '../sessions/device-name.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { TokenPair, TokenPairs } from '../sessions/token-pair.ts'
import { hashSecret, type RefreshTokens } from '../tokens/refresh-token.ts'
import type { TrustedDeviceTokens } from '../tokens/trusted-device-token.ts'

type Dependencies = {
  sessions: SessionStore
  revocations: Pick<RevocationFollower, 'denySession'>
  refreshTokens: RefreshTokens
  trustedDeviceTokens: TrustedDeviceTokens
  limits: Pick<Limits, 'allowsNewDevice'>
  tokenPairFor: TokenPairs
  idleSeconds: number
  maxSeconds: number
}

/** The client that logs in. */
export type Client = {
  readonly mode: Mode
  /** The refresh token it has carried so far, if any: that session ends. */
  readonly previous?: string | undefined
  /** The device token it has, if any. */
  readonly device?: string | undefined
  readonly context: RequestContext
}

/** Ends in `invalid_credentials` where the account changed since its password was checked. */
export function createStartSession({
  sessions,
  revocations,
  refreshTokens,
  trustedDeviceTokens,
  limits,
  tokenPairFor,
  idleSeconds,
  maxSeconds,
}: Dependencies) {
  /** The token of a device that the account knows from now on; undefined where it has come to know too many today. */
  const deviceTokenFor = async (userId: string, presented: string | undefined) => {
    const known = trustedDeviceTokens.parse(presented)
    if (known?.userId === userId) return trustedDeviceTokens.issue(userId, known.id)
    return (await limits.allowsNewDevice(userId)) ? trustedDeviceTokens.issue(userId) : undefined
  }

  return async function startSession(account: Account, client: Client): Promise<TokenPair> {
    const { mode, previous, context } = client
    const id = randomUUID()
    const secret = refreshTokens.newSecret()
    const headHash = hashSecret(secret)
    const device = deviceName(context.userAgent)
    const lives = { idleSeconds, maxSeconds }
    const session = await sessions.insert({ id, mode, account, headHash, amr: ['pwd'], ...lives, device, context })
    if (!session) throw new AppError('invalid_credentials')
    const replaced = previous === undefined ? undefined : refreshTokens.parse(previous, mode)
    if (replaced) {
      const userId = await sessions.end(replaced.sessionId, 'replaced', context)
      if (userId !== undefined) revocations.denySession(replaced.sessionId, userId)
    }
    const pair = tokenPairFor(id, session, refreshTokens.format({ mode, sessionId: id, generation: 0, secret }))
    const deviceToken = await deviceTokenFor(account.id, client.device)
    return deviceToken === undefined ? pair : { ...pair, device_token: deviceToken }
  }
}

export type StartSession = ReturnType<typeof createStartSession>
