/** Starts a session for a user who has just signed in. A session starts nowhere else. */
import { randomUUID } from 'node:crypto'
import { AppError } from '../errors.ts'
import type { Limits } from '../limits/limits.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import { deviceName } from '../sessions/device-name.ts'
import type { NewSessionStore } from '../sessions/new-session-store.ts'
import type { IdleLives, SessionStore } from '../sessions/session-store.ts'
import type { Spent } from '../sessions/spent-proof-sql.ts'
import type { TokenPair, TokenPairs } from '../sessions/token-pair.ts'
import { hashSecret, type RefreshTokens } from '../tokens/refresh-token.ts'
import type { TrustedDeviceTokens } from '../tokens/trusted-device-token.ts'
import type { Client, Proof } from './attempt.ts'
import { requireProven } from './require-proven.ts'

type Dependencies = {
  newSessions: NewSessionStore
  sessions: Pick<SessionStore, 'end'>
  revocations: Pick<RevocationFollower, 'denySession'>
  refreshTokens: RefreshTokens
  trustedDeviceTokens: TrustedDeviceTokens
  limits: Pick<Limits, 'allowsNewDevice'>
  trustDevice: TrustDevice
  tokenPairFor: TokenPairs
  lives: IdleLives
  maxSeconds: number
  mostSessions: number
}

/**
 * Lets the device of this token skip the second factor from now on, if the user wants that and has proven two factors. `sessionId` is the session
 * that was begun on it.
 */
export type TrustDevice = (
  proof: Pick<Proof, 'account' | 'amr'>,
  deviceToken: string | undefined,
  client: Client,
  sessionId: string,
) => Promise<void>

/**
 * The tokens of the new session. Ends in `invalid_credentials` if the account changed since the proof was checked. If the sign-in uses
 * something up, it ends as require-proven.ts says instead.
 */
export type StartSession = (proof: Pick<Proof, 'account' | 'amr'>, client: Client, spent: Spent) => Promise<TokenPair>

export function createStartSession(dependencies: Dependencies): StartSession {
  const { newSessions, sessions, revocations, refreshTokens, trustedDeviceTokens } = dependencies
  const { limits, trustDevice, tokenPairFor, lives, maxSeconds, mostSessions } = dependencies

  /** A token by which the device is known. Undefined if the account has got too many devices today. */
  const knowDevice = async (userId: string, presented: string | undefined) => {
    const known = trustedDeviceTokens.parse(presented)
    if (known?.userId === userId) return trustedDeviceTokens.issue(userId, known.id)
    return (await limits.allowsNewDevice(userId)) ? trustedDeviceTokens.issue(userId) : undefined
  }

  /** A sign-in that uses nothing up is one prepared statement. */
  const insert = async (wanted: Parameters<NewSessionStore['insert']>[0], spent: Spent) => {
    const isPlain = !spent.attemptId && !spent.consumes
    const session = isPlain ? await newSessions.insert(wanted) : await newSessions.insertSpending(wanted, spent)
    requireProven(session)
    if (!session) throw new AppError('invalid_credentials')
    return session
  }

  return async function startSession({ account, amr }, client, spent) {
    const { mode, previous, remembered, context } = client
    const id = randomUUID()
    const secret = refreshTokens.newSecret()
    const headHash = hashSecret(secret)
    const device = deviceName(context.userAgent)
    const idleSeconds = remembered ? lives.idleSeconds : lives.browserSeconds
    const bounds = { remembered, idleSeconds, maxSeconds, mostSessions }
    const wanted = { id, mode, account, headHash, amr, ...bounds, device, context }
    const session = await insert(wanted, spent)
    for (const evicted of session.evicted) revocations.denySession(evicted, account.id)
    const replaced = previous === undefined ? undefined : refreshTokens.parse(previous, mode)
    if (replaced) {
      const userId = await sessions.end(replaced.sessionId, 'replaced', context)
      if (userId !== undefined) revocations.denySession(replaced.sessionId, userId)
    }
    const pair = tokenPairFor(id, session, refreshTokens.format({ mode, sessionId: id, generation: 0, secret }))
    const deviceToken = await knowDevice(account.id, client.device)
    await trustDevice({ account, amr }, deviceToken, client, id)
    return deviceToken === undefined ? pair : { ...pair, device_token: deviceToken }
  }
}
