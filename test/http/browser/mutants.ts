/** Deliberate breaks of cookie mode. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'
import { cookieMutants } from './cookie-mutants.ts'
import { listMutants } from './list-mutants.ts'

const matrix = 'test/http/browser/matrix.test.ts'
const gate = 'test/http/browser/gate.test.ts'
const mode = 'test/http/browser/cookie-mode.test.ts'
const mixing = 'test/http/browser/mixing.test.ts'
const healing = 'test/http/browser/healing.test.ts'

const csrf = 'src/http/browser/csrf.ts'
const allowed = 'src/http/browser/allowed-origins.ts'
const exact = 'exact.get(origin) ??'
const someEntry = (test: string) => `[...exact.values()].find((one) => ${test}) ??`
const host = "(text = '') => URL.parse(text)?.hostname"

export const mutants: readonly Mutant[] = [
  ...breaks(
    csrf,
    matrix,
    ['gate: no rule on Origin', 'origin: checkOrigin,', 'origin: () => undefined,'],
    ['gate: no rule on Sec-Fetch-Site', "'sec-fetch-site': checkSite,", "'sec-fetch-site': () => undefined,"],
    ['gate: no rule on X-Auth-Mode', "'x-auth-mode': checkMode,", "'x-auth-mode': () => undefined,"],
    ['gate: no rule on the content type', "'content-type': checkType,", "'content-type': () => undefined,"],
    [
      'gate: a browser without Origin will do',
      'if (origin === undefined && site === undefined) return',
      'if (origin === undefined) return',
    ],
    [
      'gate: a server that forwards cookies is refused',
      'if (origin === undefined && site === undefined) return undefined',
      '',
    ],
    [
      'gate: without Sec-Fetch-Site, any Origin will do',
      'if (origin === undefined && site === undefined) return',
      'if (site === undefined) return',
    ],
    ['gate: an unlisted Origin will do', 'if (!entry) return', 'if (!entry && site === undefined) return'],
    ['gate: every listed origin may be cross-site', 'find(request)?.crossSite) return', 'find(request)) return'],
    ['gate: no origin may be cross-site', "site === 'cross-site' && find(", "site === 'cross site' && find("],
    ['gate: Sec-Fetch-Site none will do', "site === 'same-origin' ||", "site === 'same-origin' || site === 'none' ||"],
    ['gate: same-site will not do', " || site === 'same-site') return", ') return'],
    [
      'gate: an unknown Sec-Fetch-Site will do',
      "return 'The request was not made by a page (Sec-Fetch-Site).'",
      'return undefined',
    ],
    ['gate: a browser must send Sec-Fetch-Site', 'site === undefined || ', ''],
    [
      'gate: X-Auth-Mode may say anything',
      "headers['x-auth-mode'] === 'cookie'",
      "headers['x-auth-mode'] !== undefined",
    ],
    [
      'gate: X-Auth-Mode in any case',
      "headers['x-auth-mode'] === 'cookie'",
      "String(headers['x-auth-mode']).toLowerCase() === 'cookie'",
    ],
    ['gate: POST is safe', "['GET', 'HEAD', 'OPTIONS']", "['GET', 'HEAD', 'OPTIONS', 'POST']"],
    ['gate: PATCH is safe', "['GET', 'HEAD', 'OPTIONS']", "['GET', 'HEAD', 'OPTIONS', 'PATCH']"],
    ['gate: nothing is refused', 'if (first) throw', 'if (!first) throw'],
    ['gate: a body without a type will do', 'if (type === undefined && !hasBody(request))', 'if (type === undefined)'],
    ['gate: a form will do', '^application\\/json *', '^application\\/(json|x-www-form-urlencoded) *'],
  ),
  ...breaks(
    allowed,
    matrix,
    ['gate: origins are compared by their beginning', exact, someEntry('origin.startsWith(one.origin)')],
    ['gate: origins are compared by their end', exact, someEntry('origin.endsWith(one.origin.slice(8))')],
    ['gate: origins are compared by host', exact, someEntry(`(${host})(one.origin) === (${host})(origin)`)],
    ['gate: the first of two origins counts', exact, "exact.get(origin.split(', ')[0] ?? '') ??"],
    ['gate: null is an origin', exact, "exact.get(origin === 'null' ? entries[0]?.origin ?? '' : origin) ??"],
  ),
  ...breaks(allowed, gate, ['gate: origins are compared in any case', exact, 'exact.get(origin.toLowerCase()) ??']),
  ...breaks(
    csrf,
    gate,
    ['gate: GET is not safe', "['GET', 'HEAD', 'OPTIONS']", "['HEAD', 'OPTIONS']"],
    ['gate: HEAD is not safe', "['GET', 'HEAD', 'OPTIONS']", "['GET', 'OPTIONS']"],
    ['gate: a body of unknown length is none', "headers['transfer-encoding'] !== undefined || ", ''],
    ['gate: JSON anywhere in the type', '/^application', '/application'],
    ['gate: any type that begins like JSON', ' *(;|$)/i', '/i'],
    ['gate: the type in lower case only', '(;|$)/i', '(;|$)/'],
  ),
  ...breaks(
    csrf,
    'test/http/browser/upgrade.test.ts',
    ['gate: a websocket is safe', ' && !isUpgrade(request)', ''],
    ['gate: an upgrade of another kind is safe', 'headers.upgrade !== undefined', "headers.upgrade === 'websocket'"],
    ['gate: a websocket needs X-Auth-Mode', 'asksForCookies(request) || isUpgrade(request)', 'asksForCookies(request)'],
  ),
  ...breaks('src/app.ts', gate, [
    'the public scope has no gate of its own',
    "scope.addHook('onRequest', async (request) => void transport.modeOf(request))",
    '',
  ]),
  ...breaks('src/app.ts', matrix, [
    'the public scope has no gate of its own: a form is looked at',
    "scope.addHook('onRequest', async (request) => void transport.modeOf(request))",
    '',
  ]),
  ...breaks(
    'src/http/browser/token-transport.ts',
    matrix,
    ['credentials: the mode is told without the gate', '    gate.require(request)\n', ''],
    [
      'credentials: authenticate reads the cookie past the gate',
      "modeOf(request) === 'bearer' ? bearerToken(request) :",
      'bearerToken(request) ??',
    ],
    ['credentials: only the header makes cookie mode', ' && (hasToken || !cookies.brought(request))', ''],
    ['credentials: only a cookie makes cookie mode', '!asksForCookies(request) && (', '('],
    ['credentials: Authorization does not switch cookies off', '(hasToken || !cookies', '(!cookies'],
  ),
  ...breaks(
    'src/http/browser/token-transport.ts',
    'test/http/browser/mode.test.ts',
    [
      'credentials: a token and cookies are both taken',
      "    if (hasToken) throw new AppError('two_credentials')\n",
      '',
    ],
    [
      'credentials: the refresh cookie counts in bearer mode',
      "mode === 'cookie' ? fromCookie(request, 'refresh') : inBody",
      "inBody ?? fromCookie(request, 'refresh')",
    ],
    ['credentials: bearer mode cannot be asked for', "    if (asksForBearer(request)) return 'bearer'\n", ''],
    ['credentials: "Bearer undefined" is a token', ' && !noToken.test(value)', ''],
    ['credentials: any scheme switches cookies off', '/^bearer\\b/i.test(value)', 'value'],
  ),
  ...breaks('src/http/browser/token-transport.ts', 'test/http/browser/answers.test.ts', [
    'answers: the mode of an answer is not that of its client',
    "return { status: 'signed_in', mode, ...shown }",
    "return { status: 'signed_in', mode: 'cookie' as never, ...shown }",
  ]),
  ...breaks(
    'src/http/browser/token-transport.ts',
    mixing,
    [
      'credentials: a doubled cookie is no cookie',
      "throw new AppError(kind === 'access' ? 'invalid_token' : 'invalid_refresh_token')",
      'return undefined',
    ],
    [
      'credentials: a token in the body is overlooked',
      "mode === 'cookie' && inBody !== undefined",
      'mode !== mode && inBody !== undefined',
    ],
  ),
  ...breaks(
    'src/http/browser/token-transport.ts',
    mode,
    ['credentials: a login forgets who came', "previous: single('refresh'), ", ''],
    [
      'credentials: tokens in cookies and in the body',
      "return { status: 'signed_in', mode, ...rest }",
      "return { status: 'signed_in', mode, ...tokens }",
    ],
    [
      'credentials: every origin is cross-site',
      'const crossSite = gate.isCrossSite(reply.request)',
      'const crossSite = true',
    ],
    [
      'credentials: no origin is cross-site',
      'const crossSite = gate.isCrossSite(reply.request)',
      'const crossSite = false',
    ],
    [
      'credentials: the refresh cookie lives as long as the access cookie',
      'lifeOf(tokens.refresh_expires_in) }',
      'lifeOf(tokens.expires_in) }',
    ],
    [
      'credentials: logout clears with other attributes',
      'cookies.clear(reply, gate.isCrossSite(reply.request))',
      'cookies.clear(reply, false)',
    ],
    [
      'credentials: token answers may be stored',
      "reply.header('cache-control', 'no-store')\n    const { remembered",
      "reply.header('cache-control', 'private')\n    const { remembered",
    ],
  ),
  ...breaks('src/http/browser/token-transport.ts', healing, [
    'credentials: a doubled cookie keeps the user out',
    "previous: single('refresh')",
    "previous: fromCookie(request, 'refresh')",
  ]),
  ...breaks('src/tokens/refresh-token.ts', mixing, [
    'mode is not under the tag',
    'hmac(key, `${mode}:${body}`)',
    'hmac(key, body)',
  ]),
  ...breaks('src/signin/start-session.ts', mixing, [
    'a login replaces the session of any token',
    'refreshTokens.parse(previous, mode)',
    "(refreshTokens.parse(previous, 'bearer') ?? refreshTokens.parse(previous, mode))",
  ]),
  ...breaks('src/signin/start-session.ts', mode, [
    'a login leaves the session before it',
    "await sessions.end(replaced.sessionId, 'replaced', context)",
    'await Promise.resolve(undefined)',
  ]),
  ...breaks('src/sessions/routes.ts', mode, [
    'logout leaves the cookies',
    "if (mode === 'cookie' && inBody === undefined) transport.forget(reply)",
    '',
  ]),
  ...cookieMutants,
  ...listMutants,
]
