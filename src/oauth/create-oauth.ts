/**
 * Wires the standard OAuth endpoints: revocation (RFC 7009) and introspection (RFC 7662). This folder owns their form. What they do
 * is owned by sessions/ and tokens/. The metadata of the issuer (RFC 8414) is in keys/.
 */
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { Sessions } from '../sessions/create-sessions.ts'
import type { Tokens } from '../tokens/create-tokens.ts'
import { createIntrospectToken, type IntrospectToken } from './introspect-token.ts'
import { createRecogniseToken } from './recognise-token.ts'
import { createRevokeToken, type RevokeToken } from './revoke-token.ts'

type Dependencies = {
  tokens: Pick<Tokens, 'refreshTokens' | 'tokenCache'>
  sessions: Pick<Sessions, 'sessionStore' | 'logout'>
  revocations: Pick<RevocationFollower, 'isRevoked'>
}

export type Oauth = { readonly revokeToken: RevokeToken; readonly introspectToken: IntrospectToken }

export function createOauth({ tokens, sessions, revocations }: Dependencies): Oauth {
  const { refreshTokens, tokenCache } = tokens
  const recogniseToken = createRecogniseToken({ refreshTokens, verifyAccessToken: tokenCache.verify })
  return {
    revokeToken: createRevokeToken({ recogniseToken, logout: sessions.logout }),
    introspectToken: createIntrospectToken({ recogniseToken, revocations, sessions: sessions.sessionStore }),
  }
}
