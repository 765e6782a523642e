/**
 * Wires the sessions. This folder owns the row of the session: refresh, logout, and the list of sessions that a user sees. It
 * does not own how a session begins (signin/) or how access tokens are checked (guard/).
 */
import type { Profile } from '../accounts/profile.ts'
import type { Config } from '../config/config.ts'
import type { Database } from '../database/client.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { Tokens } from '../tokens/create-tokens.ts'
import type { VerifyAccessToken } from '../tokens/verify-access-token.ts'
import { createEndSessions, type EndSessions } from './end-sessions.ts'
import { createListSessions, type ListSessions } from './list-sessions.ts'
import { createLogout, type Logout } from './logout.ts'
import { createNewSessionStore, type NewSessionStore } from './new-session-store.ts'
import { createRefresh, type Refresh } from './refresh.ts'
import { createSessionListStore } from './session-list-store.ts'
import { createReadSessionStatus, type ReadSessionStatus } from './session-status.ts'
import { createSessionStore, type SessionStore } from './session-store.ts'
import { createNewLines, createTokenPairs, type NewLines, type TokenPairs } from './token-pair.ts'

type Dependencies = {
  config: Pick<Config, 'refreshLeewaySeconds' | 'refreshForkSeconds' | 'sessionLives'>
  database: Database
  revocations: Pick<RevocationFollower, 'denySession' | 'denyUser'>
  tokens: Pick<Tokens, 'accessTokens' | 'refreshTokens'>
  verifyAccessToken: VerifyAccessToken
  profile: Pick<Profile, 'read'>
}

export type Sessions = {
  readonly sessionStore: SessionStore
  readonly newSessionStore: NewSessionStore
  readonly tokenPairFor: TokenPairs
  readonly newLine: NewLines
  readonly refresh: Refresh
  readonly logout: Logout
  readonly listSessions: ListSessions
  readonly endSessions: EndSessions
  readonly readSessionStatus: ReadSessionStatus
}

export function createSessions(dependencies: Dependencies): Sessions {
  const { config, database, revocations, tokens, verifyAccessToken, profile } = dependencies
  const { accessTokens, refreshTokens } = tokens
  const sessionStore = createSessionStore(database, {
    leewaySeconds: config.refreshLeewaySeconds,
    forkSeconds: config.refreshForkSeconds,
  })
  const sessionList = createSessionListStore(database)
  const tokenPairFor = createTokenPairs(accessTokens)
  return {
    sessionStore,
    newSessionStore: createNewSessionStore(database),
    tokenPairFor,
    newLine: createNewLines(refreshTokens, tokenPairFor),
    refresh: createRefresh({
      sessions: sessionStore,
      revocations,
      refreshTokens,
      tokenPairFor,
      lives: config.sessionLives,
    }),
    logout: createLogout({ sessions: sessionStore, revocations, refreshTokens }),
    readSessionStatus: createReadSessionStatus({ sessions: sessionStore, refreshTokens, verifyAccessToken, profile }),
    listSessions: createListSessions({ list: sessionList.list }),
    endSessions: createEndSessions({ end: sessionList.end, revocations }),
  }
}
