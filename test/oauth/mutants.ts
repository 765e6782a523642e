/** Deliberate breaks of the OAuth endpoints. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const revoke = 'test/oauth/revoke.test.ts'
const introspect = 'test/oauth/introspect.test.ts'
const services = 'test/oauth/service-auth.test.ts'
const forms = 'test/oauth/forms.test.ts'
const routes = 'src/oauth/routes.ts'

const allSecrets = 'secrets: [secret, formDecode(secret)]'
const refuse = "if (!matches.includes(true)) throw new AppError('invalid_client')"

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/guard/service-auth.ts',
    services,
    ['service: any secret will do', refuse, ''],
    ['service: a wrong secret is logged', refuse, refuse.replace("client'", "client', { cause: presented.secrets }")],
    ['service: the first of two headers counts', "others.length > 0 || encoded === ''", "encoded === ''"],
    ['service: the secret as curl sends it', allSecrets, 'secrets: [formDecode(secret)]'],
    ['service: the secret as OAuth encodes it', allSecrets, 'secrets: [secret]'],
    ['service: the id as OAuth encodes it', 'id: formDecode(id)', 'id'],
    ['service: a secret ends at a colon', "rest.join(':')", "rest[0] ?? ''"],
    ['service: a header of any length', 'header.length <= longestHeader && ', ''],
    ['service: one case of the scheme', '={0,2})$/i', '={0,2})$/'],
    ['service: whoever is unknown has no secret', '?? unknown', "?? sha256('')"],
  ),
  ...breaks(
    'src/guard/service-auth.ts',
    revoke,
    [
      'service: a credential that is offered is not checked',
      'if (offered) await requireService(request)',
      'void offered',
    ],
    ['service: a credential must be offered', 'if (offered) ', ''],
    ['service: Basic is offered in one case only', '/^Basic(\\s|$)/i', '/^Basic(\\s|$)/'],
  ),
  ...breaks('src/http/errors/challenge.ts', services, [
    'service: challenged for a Bearer token',
    "code === 'invalid_client'",
    "code === 'csrf_rejected'",
  ]),
  ...breaks(
    'src/http/form-body.ts',
    forms,
    ['form: JSON too', 'scope.removeAllContentTypeParsers()', ''],
    [
      'form: the last of two counts',
      "if (form.has(key)) throw new AppError('invalid_request', { detail: 'A parameter is given more than once.' })",
      '',
    ],
    ['form: names are compared as they are written', 'const key = decode(name)', 'const key = name'],
    ['form: invalid UTF-8 is repaired', 'fatal: true', 'fatal: false'],
    ['form: odd escapes are repaired', 'decodeURIComponent(', 'unescape('],
    ['form: no value is a value', ".filter(([, value]) => value !== '')", ''],
    ['form: a plus is a plus', ".replaceAll('+', ' ')", ''],
  ),
  ...breaks(
    'src/app.ts',
    forms,
    ['form: on every route', 'acceptFormsOnly(scope)', 'acceptFormsOnly(scope)\n    acceptFormsOnly(app)'],
    ['oauth: problem documents', 'handleOauthErrors(scope)', ''],
  ),
  ...breaks(
    'src/http/errors/oauth-error.ts',
    forms,
    ['oauth: trouble of ours cannot be told apart', "status === 503 ? 'temporarily_unavailable' : ", ''],
    ['oauth: trouble of ours is the client’s', 'if (status < 500)', 'if (status < 600)'],
    ['oauth: any letter', `.replaceAll(/[^\\x20-\\x7e]|["\\\\]/g, "'")`, ''],
    ['oauth: it is not said what is missing', "faults?.join('; ') ?? ", ''],
    ['oauth: JSON is asked for', 'details[ours] ?? ', ''],
  ),
  ...breaks('src/http/errors/oauth-error.ts', services, [
    'oauth: who is not known made a bad request',
    "if (status === 401) return 'invalid_client'",
    '',
  ]),
  ...breaks(
    'src/oauth/revoke-token.ts',
    revoke,
    [
      'revoke: no access token',
      "found.kind === 'access' ? found.principal.sessionId",
      "found.kind === 'access' ? undefined",
    ],
    ['revoke: no refresh token', '? { token: text, mode: found.token.mode }', '? undefined'],
    ['revoke: a refresh token of the other mode', 'mode: found.token.mode', "mode: 'bearer'"],
  ),
  ...breaks(
    'src/oauth/recognise-token.ts',
    revoke,
    ['recognise: bearer mode only', " ?? refreshTokens.parse(text, 'cookie')", ''],
    ['recognise: a bad access token is a failure', "['invalid_token', 'token_expired']", "['csrf_rejected']"],
  ),
  ...breaks('src/sessions/logout.ts', revoke, [
    'revoke: the node hears of it from the database',
    'if (userId !== undefined) revocations.denySession(id, userId)',
    '',
  ]),
  ...breaks(
    'src/oauth/introspect-token.ts',
    introspect,
    [
      'introspect: the row is not read',
      'await sessions.isLive(sessionId, userId, tokenVersion)',
      'await sessions && tokenVersion >= 0 && sessionId && userId',
    ],
    ['introspect: what the node denies is active', 'if (revocations.isRevoked(principal)) return undefined', ''],
    [
      'introspect: looking ends the session',
      'return session && {',
      "if (!session) await (sessions as SessionStore).end(sessionId, 'reuse')\n    return session && {",
    ],
  ),
  ...breaks(
    'src/sessions/session-store.ts',
    introspect,
    [
      'introspect: any refresh token of the session',
      'AND ${isAccepted(p)} AND ${isLive}',
      'AND (${isAccepted(p)} OR ${p.hash}::bytea IS NOT NULL) AND ${isLive}',
    ],
    [
      'introspect: the newest refresh token only',
      'AND ${isAccepted(p)} AND ${isLive}',
      'AND ${isAccepted(p)} AND s.head_hash = ${p.hash} AND ${isLive}',
    ],
    ['introspect: a session that has ended', '${isAccepted(p)} AND ${isLive} AND u.', '${isAccepted(p)} AND u.'],
    [
      'introspect: a disabled user',
      '${isAccepted(p)} AND ${isLive} AND u.disabled_at IS NULL',
      '${isAccepted(p)} AND ${isLive}',
    ],
    [
      'introspect: the end if nobody refreshes',
      'least(s.idle_expires_at, s.absolute_expires_at)))::float8',
      's.absolute_expires_at))::float8',
    ],
    [
      'introspect: the end if somebody does',
      'least(s.idle_expires_at, s.absolute_expires_at)))::float8',
      's.idle_expires_at))::float8',
    ],
  ),
  ...breaks(
    routes,
    introspect,
    ['introspect: the audience is the issuer', 'aud: audience', 'aud: issuer'],
    ['introspect: no scope', '...(principal.scope === undefined ? {} : { scope: principal.scope }),', ''],
    ['introspect: the login is the token', 'auth_time: principal.authTime', 'auth_time: principal.expiresAt'],
  ),
  ...breaks(routes, services, ['introspect: for everybody', 'onRequest: serviceAuth.requireService,', '']),
  ...breaks(
    routes,
    revoke,
    ['revoke: a wrong credential is none', 'onRequest: serviceAuth.checkOfferedService,', ''],
    [
      'revoke: for services only',
      'onRequest: serviceAuth.checkOfferedService,',
      'onRequest: serviceAuth.requireService,',
    ],
    ['revoke: parameters must be known', '.looseObject({', '.strictObject({'],
    [
      'revoke: hints must be known',
      'token_type_hint: z\n      .string()',
      "token_type_hint: z\n      .enum(['access_token', 'refresh_token'])",
    ],
  ),
  ...breaks('src/keys/routes.ts', 'test/oauth/discovery.test.ts', [
    'discovery: the endpoints are swapped',
    'revocation_endpoint: `${publicUrl}/oauth/revoke`',
    'revocation_endpoint: `${publicUrl}/oauth/introspect`',
  ]),
]
