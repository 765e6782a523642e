/** Deliberate breaks of verification. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const crafted = 'test/tokens/crafted-tokens.test.ts'
const authenticate = 'test/guard/authenticate.test.ts'
const steps = 'test/tokens/signature.test.ts'

const verify = 'src/tokens/verify-access-token.ts'
const signature = 'src/tokens/signature.ts'
const credentials = 'src/http/browser/token-transport.ts'
const hook = 'src/guard/authenticate.ts'
const tokens = 'src/tokens/claims.ts'
const store = 'src/sessions/session-store.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    verify,
    crafted,
    ['a token of any length', `if (token.length > maxTokenBytes) throw invalid('longer than any token of ours')`, ''],
    [
      'a signature in letters that mean the same',
      `if (!isCanonical(signature)) throw invalid('signature not canonical base64url')`,
      '',
    ],
    [
      'a payload in another form',
      `if (encodeClaims(content) !== payload) throw invalid('payload not in our form')`,
      '',
    ],
    [
      'a payload of the same JSON in other letters',
      'encodeClaims(content) !== payload',
      `JSON.stringify(content) !== Buffer.from(payload, 'base64url').toString()`,
    ],
    [
      'no signature is checked',
      'content = check.payloadOf(token)',
      `content = JSON.parse(Buffer.from(payload, 'base64url').toString())`,
    ],
    ['a failed signature is no invalid_token', `throw invalid('bad signature', cause)`, 'throw cause'],
    [
      'claims are not checked',
      `if (!claims.success) throw invalid('a claim is missing or of the wrong type', claims.error)
  return claims.data`,
      'return content as AccessTokenClaims',
    ],
    ['any issuer', `if (claims.iss !== issuer) throw invalid('issued by another')`, ''],
    ['an issuer that begins like ours', 'claims.iss !== issuer', '!claims.iss.startsWith(issuer)'],
    ['an issuer in any case', 'claims.iss !== issuer', 'claims.iss.toLowerCase() !== issuer'],
    ['any audience', `if (claims.aud !== audience) throw invalid('meant for another')`, ''],
    ['an audience that ours is part of', 'claims.aud !== audience', '!claims.aud.includes(audience)'],
    [
      'a token lives as long as it says',
      `if (claims.exp - claims.iat > check.tokenSeconds) throw invalid('lives longer than any token of its key')`,
      '',
    ],
    ['a token never expires', `if (claims.exp <= now) throw invalid('expired')`, ''],
    ['a token lives at the moment it expires', 'claims.exp <= now', 'claims.exp < now'],
    ['a token lives five seconds too long', 'claims.exp <= now', 'claims.exp + toleranceSeconds <= now'],
    ['a token from any future', `if (claims.iat > now + toleranceSeconds) throw invalid('issued in the future')`, ''],
    ['no token from the least future', 'claims.iat > now + toleranceSeconds', 'claims.iat > now'],
    ['a token from a minute ahead', 'const clockSkewSeconds = 5', 'const clockSkewSeconds = 60'],
    ['nbf is passed over', 'claims.nbf > now + toleranceSeconds', 'false'],
    ['no token whose nbf is just ahead', 'claims.nbf > now + toleranceSeconds', 'claims.nbf > now'],
    ['time is told by another clock', 'const now = clock() / 1000', 'const now = Date.now() / 1000'],
    ['time is told in whole seconds', 'const now = clock() / 1000', 'const now = Math.ceil(clock() / 1000)'],
    ['a token speaks for its session', 'userId: claims.sub', 'userId: claims.sid'],
    [
      'a refused token is written to the log',
      `throw invalid('no key of ours has this header')`,
      'throw invalid(token)',
    ],
  ),
  ...breaks(
    verify,
    authenticate,
    ['a principal can be written to', 'Object.freeze({', '({'],
    ['the roles of a principal can be written to', 'Object.freeze(claims.roles ?? [])', 'claims.roles ?? []'],
    ['the methods of a principal can be written to', 'Object.freeze(claims.amr)', 'claims.amr'],
    ['a principal has another token version', 'tokenVersion: claims.tv', 'tokenVersion: 0 * claims.tv + 1'],
  ),
  ...breaks(
    signature,
    crafted,
    [
      'a header we did not write is tried with our first key',
      '=> byHeader.get(header),',
      '=> byHeader.get(header) ?? [...byHeader.values()][0],',
    ],
    [
      'a header is looked up by its kid alone',
      '=> byHeader.get(header),',
      `=> [...byHeader].find(([known]) => {
        const kidOf = (text: string) => (JSON.parse(Buffer.from(text, 'base64url').toString()) as { kid?: string }).kid
        try { return kidOf(known) === kidOf(header) } catch { return false }
      })?.[1],`,
    ],
    ['only the newest key verifies', 'keys.map(', 'keys.slice(0, 1).map('],
    [
      'every key verifies with the first',
      'await createVerifySignature(key)',
      'await createVerifySignature(keys[0] ?? key)',
    ],
  ),
  ...breaks(
    verify,
    steps,
    ['a fourth segment', ' || more.length > 0', ''],
    ['an empty segment', '!header || !payload || !signature || ', 'signature === undefined || '],
  ),
  ...breaks(
    credentials,
    crafted,
    ['the scheme in one case only', '=*)$/i', '=*)$/'],
    ['no space after the scheme', '/^Bearer +(', '/^Bearer *('],
    ['any white space after the scheme', '/^Bearer +(', '/^Bearer\\s+('],
    ['one space only after the scheme', '/^Bearer +(', '/^Bearer ('],
    ['anything before the scheme', '/^Bearer', '/Bearer'],
    ['any scheme', '/^Bearer', '/^[A-Za-z]+'],
    ['anything after the token', '=*)$/i', '=*)/i'],
    ['a token of any length in the header', 'header.length <= longestHeader ? ', 'header.length > 0 ? '],
    ['the first of two headers counts', 'others.length > 0 || ', ''],
    ['an empty header is none', 'if (header === undefined) return', 'if (!header) return'],
    [
      'a malformed header is none',
      `|| token === undefined) throw new AppError('invalid_token')`,
      `) throw new AppError('invalid_token')`,
    ],
    [
      'a token in the query counts',
      'if (header === undefined) return undefined',
      'if (header === undefined) return (request.query as { access_token?: string }).access_token',
    ],
    [
      'a token in a cookie counts',
      'if (header === undefined) return undefined',
      `if (header === undefined) return /access_token=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]`,
    ],
    [
      'a token in a header of another name counts',
      'if (header === undefined) return undefined',
      `if (header === undefined) return request.headers['x-access-token'] as string | undefined`,
    ],
  ),
  ...breaks(
    hook,
    authenticate,
    [
      'the session is not looked up',
      `if (!(await sessions.isLive(sessionId, userId, tokenVersion))) throw`,
      'if (false) throw',
    ],
    [
      'the look-up is not waited for',
      '!(await sessions.isLive(sessionId, userId, tokenVersion))',
      '!sessions.isLive(sessionId, userId, tokenVersion)',
    ],
    [
      'a look-up that fails lets everybody in',
      'await sessions.isLive(sessionId, userId, tokenVersion)',
      'await sessions.isLive(sessionId, userId, tokenVersion).catch(() => true)',
    ],
    [
      'the user is looked up by the session id',
      'sessions.isLive(sessionId, userId,',
      'sessions.isLive(userId, sessionId,',
    ],
    ['every check reads the session', `if (check === 'session' && !early)`, 'if (check && !early)'],
    ['no check reads the session', `if (check === 'session' && !early)`, `if (check !== check)`],
  ),
  ...breaks(
    hook,
    crafted,
    ['no token is a bad token', `throw new AppError('authentication_required')`, `throw new AppError('invalid_token')`],
    ['no token is let through', `throw new AppError('authentication_required')`, 'return undefined as never'],
  ),
  ...breaks(store, crafted, [
    'a session of another user',
    'AND u.id = ${p.userId} AND',
    'AND ${p.userId}::uuid IS NOT NULL AND',
  ]),
  ...breaks(
    tokens,
    crafted,
    ['a longer token', 'maxTokenBytes = 1536', 'maxTokenBytes = 1540'],
    ['a shorter longest token', 'maxTokenBytes = 1536', 'maxTokenBytes = 1535'],
    ['any text as sub', 'sub: uuid', 'sub: z.string()'],
    ['any text as sid', 'sid: uuid', 'sid: z.string()'],
    ['no client_id', 'client_id: z.string(),', 'client_id: z.string().optional(),'],
    ['an empty jti', 'jti: z.string().min(1)', 'jti: z.string()'],
    ['iat of any type', 'iat: seconds', 'iat: z.any()'],
    ['exp of any type', 'exp: seconds', 'exp: z.any()'],
    ['a time of any size', '.max(2 ** 40)', ''],
    ['times before 1970', '.min(0)\n  .max(2 ** 40)', '.max(2 ** 40)'],
    ['nbf of any type', 'nbf: seconds.optional()', 'nbf: z.any().optional()'],
    ['auth_time of any type', 'auth_time: seconds', 'auth_time: z.any()'],
    ['amr of any type', 'amr: z.array(z.string())', 'amr: z.any()'],
    ['acr of any type', 'acr: z.string().optional()', 'acr: z.any().optional()'],
    ['tokens without acr are refused', 'acr: z.string().optional()', 'acr: z.string()'],
    ['roles of any type', 'roles: z.array(z.string()).optional()', 'roles: z.any()'],
    ['a token version beyond its column', '.max(maxTokenVersion)', ''],
    ['an id of no UUID version', '-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-', '-[0-9a-f]{4}-[0-9a-f]{4}-'],
    ['a token version of any type', 'tv: z', 'tv: z.any() ?? z'],
    ['scope of any type', 'scope: z.string().optional()', 'scope: z.any().optional()'],
    ['cnf of any type', 'cnf: z.record(z.string(), z.unknown()).optional()', 'cnf: z.any().optional()'],
  ),
  ...breaks(tokens, authenticate, ['taken for an ID token', 'alg: key.alg, typ, kid', `alg: key.alg, typ: 'JWT', kid`]),
  ...breaks('src/app.ts', crafted, [
    '/auth/me trusts a signature',
    "guard(scope, { check: 'session' })\n    profileRoutes",
    'guard(scope)\n    profileRoutes',
  ]),
  ...breaks(
    'src/http/errors/challenge.ts',
    crafted,
    ['the challenge does not tell a bad token', 'bearerErrors[code]', 'bearerErrors[code]?.slice(20)'],
    ['the challenge blames who has no token', 'bearerErrors[code]', `bearerErrors[code] ?? 'invalid_token'`],
  ),
  ...breaks('src/http/errors/error-handler.ts', crafted, [
    'no challenge',
    `if (status === 401) reply.header('www-authenticate', challenge(error))`,
    '',
  ]),
  ...breaks('src/http/server.ts', crafted, ['headers past the 2000th go unseen', 'app.server.maxHeadersCount = 0', '']),
  ...breaks('src/http/server.ts', crafted, [
    'the whole address is written to the log',
    `route: routeOptions.url ?? 'unmatched'`,
    'route: request.url ?? routeOptions.url',
  ]),
  ...breaks('src/guard/principal.ts', authenticate, [
    'the principal of nobody',
    'if (!request.principal) throw',
    'if (false) throw',
  ]),
  ...breaks(signature, crafted, [
    'the setting of the key does not bound its tokens',
    'Math.min(key.tokenSeconds ?? longestTokenSeconds, longestTokenSeconds)',
    'Math.max(key.tokenSeconds ?? longestTokenSeconds, longestTokenSeconds)',
  ]),
  ...breaks(
    'src/http/header-values.ts',
    crafted,
    [
      'only the first of doubled headers is seen',
      'if (raw.rawHeaders[i]?.toLowerCase()',
      'if (values.length === 0 && raw.rawHeaders[i]?.toLowerCase()',
    ],
    ['the header in lower case only', 'raw.rawHeaders[i]?.toLowerCase() === name', 'raw.rawHeaders[i] === name'],
  ),
]
