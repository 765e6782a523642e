/** Deliberate breaks of the Fastify plugin of @countersign/verify. Part of mutants.ts. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const plugin = 'test/packages/verify/plugin.test.ts'

const websocket = 'test/packages/verify/websocket.test.ts'
const offered = 'test/http/browser/offered-tokens.test.ts'
const offeredTokens = 'src/http/browser/offered-tokens.ts'
const transport = 'src/http/browser/token-transport.ts'

const fastifyPlugin = 'packages/verify/src/fastify-plugin.ts'

export const pluginMutants: readonly Mutant[] = [
  ...breaks(
    fastifyPlugin,
    plugin,
    [
      'no challenge',
      "if (statusCode === 401) reply.header('www-authenticate', challenge(error))",
      'void [statusCode, challenge]',
    ],
    ['no Retry-After', "reply.header('retry-after', retryAfterSeconds)", 'void reply'],
    [
      'cookies are always read',
      'spaOrigins ? fromHeaderOrCookie(options.issuer, spaOrigins, cookieDomain) : bearerToken',
      'fromHeaderOrCookie(options.issuer, spaOrigins ?? [], cookieDomain)',
    ],
    [
      'cookies are never read',
      'spaOrigins ? fromHeaderOrCookie(options.issuer, spaOrigins, cookieDomain) : bearerToken',
      'spaOrigins && !spaOrigins ? fromHeaderOrCookie(options.issuer, spaOrigins, cookieDomain) : bearerToken',
    ],
    ['origins may be anything', ' && !entry.crossSite && !entry.bearerOnly && entry.origin === text', ''],
    [
      'a browser on another site may write',
      'if (entry && !entry.crossSite && !entry.bearerOnly && entry.origin === text) return entry',
      'if (entry && !entry.bearerOnly && !text.endsWith("cross-site")) return { ...entry, crossSite: true }',
    ],
    [
      'cookies by the names that other hosts may set',
      'publicUrl: issuer, sameSite',
      "publicUrl: 'http://auth.example.test', sameSite",
    ],
    [
      'routes cannot ask for less',
      'verifier.verify(token, how)',
      "verifier.verify(token, { ...how, check: 'revocation' })",
    ],
    ['routes ask for less', '(how = {})', "(how = { check: 'signature' })"],
    ['an app that closes leaves it running', "app.addHook('preClose', () => verifier.close())", ''],
    ['the background is not heard', '(about, text) => app.log.warn(about, text)', '() => {}'],
    [
      'nobody is on the request',
      'setPrincipal(request, await identify(request, how))',
      'void [setPrincipal, await identify(request, how)]',
    ],
  ),
  ...breaks(
    'src/http/browser/token-transport.ts',
    plugin,
    ['the first of two headers', 'if (others.length > 0 || token === undefined)', 'if (token === undefined)'],
    ['no gate in front of cookies', 'gate.require(request)\n', '\n'],
  ),
  ...breaks(
    offeredTokens,
    offered,
    ['any request carries a token in a subprotocol', 'isWebsocket(request)\n', 'request.headers\n'],
    [
      'only the first of two headers with subprotocols is read',
      '.flatMap((value) => value',
      '.slice(0, 1).flatMap((value) => value',
    ],
    ['a token that was read stays in the headers', 'filter((text) => !prefix.test(text))', 'filter(String)'],
    ['a protocol that ends like ours is ours', 'const prefix = /^bearer', 'const prefix = /bearer'],
  ),
  ...breaks(
    transport,
    offered,
    [
      'a websocket with a token falls back to the cookie',
      'if (offeredTokens(request).some(isBearerToken)) return true',
      '',
    ],
    [
      'a token in a subprotocol beside one in a header is ignored',
      "[...headerValues(request, 'authorization'), ...offered]",
      "[headerValues(request, 'authorization'), offered].find(({ length }) => length > 0) ?? []",
    ],
  ),
  ...breaks(transport, websocket, [
    'the service sends the token back',
    'if (offered.length > 0) hideOfferedTokens(request)',
    'void hideOfferedTokens',
  ]),
  ...breaks(
    'examples/live-service/server.ts',
    'test/faults/verify/live-service.test.ts',
    [
      'the websocket of the example outlives the session',
      'addAbortListener(signal, () => socket',
      'void (() => socket',
    ],
    ['the events of the example outlive the session', 'every(1000, undefined, { signal })', 'every(1000)'],
    [
      'every page may read the events of the example',
      '{ origin: spaOrigins, credentials',
      '{ origin: true, credentials',
    ],
  ),
]
