/** Deliberate breaks of the Fastify plugin of @countersign/verify. Part of mutants.ts. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const plugin = 'test/packages/verify/plugin.test.ts'

const websocket = 'test/packages/verify/websocket.test.ts'
const offered = 'test/http/browser/offered-tokens.test.ts'
const offeredTokens = 'src/http/browser/offered-tokens.ts'
const transport = 'src/http/browser/token-transport.ts'

const fastifyPlugin = 'packages/verify/src/fastify-plugin.ts'

const identify = 'packages/verify/src/identify.ts'
const refusalAnswer = 'packages/verify/src/refusal-answer.ts'
const express = 'packages/verify/src/express.ts'
const fetch = 'packages/verify/src/fetch.ts'
const frameworks = 'test/packages/verify/frameworks.test.ts'

export const pluginMutants: readonly Mutant[] = [
  ...breaks(
    identify,
    plugin,
    [
      'cookies are always read',
      'spaOrigins ? fromHeaderOrCookie(rest.issuer, spaOrigins, cookieDomain) : bearerToken',
      'fromHeaderOrCookie(rest.issuer, spaOrigins ?? [], cookieDomain)',
    ],
    [
      'cookies are never read',
      'spaOrigins ? fromHeaderOrCookie(rest.issuer, spaOrigins, cookieDomain) : bearerToken',
      'spaOrigins && !spaOrigins ? fromHeaderOrCookie(rest.issuer, spaOrigins, cookieDomain) : bearerToken',
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
  ),
  ...breaks(
    refusalAnswer,
    plugin,
    ['no challenge', 'statusCode === 401 ?', 'statusCode === 400 ?'],
    ['no Retry-After', 'retryAfterSeconds === undefined ?', 'statusCode > 0 ?'],
  ),
  ...breaks(
    refusalAnswer,
    frameworks,
    ['a refusal is no problem document', "'content-type': problemType, ", ''],
    ['a refusal has no challenge', ', ...refusalHeaders(error) }', ' }'],
  ),
  ...breaks(
    express,
    frameworks,
    ['express: every request goes on', 'response.writeHead(status, headers).end(body)', 'next()'],
    ['express: nobody is on the request', 'request.principal = await identify(', 'await identify('],
    ['express: errors are never passed on', 'if (passErrors)', 'if (false)'],
    ['express: an unexpected error is an answer', 'if (!(error instanceof AppError)) return next(error)', ''],
    ['express: the principal of nobody', 'if (!principal) throw', 'if (false) throw'],
    ['express: routes cannot ask for a recent login', 'raw: request }, how)', 'raw: request }, {})'],
  ),
  ...breaks(
    fetch,
    frameworks,
    ['fetch: a refused request goes on', 'if (principal instanceof Response) return principal', ''],
    ['fetch: nobody is in the context', "variables.set('principal', principal)", 'void variables'],
    ['fetch: a body needs no type', "...(body === null ? {} : { 'transfer-encoding': 'chunked' })", '...(body && {})'],
    ['fetch: only some headers are read', 'rawHeaders: [...given].flat()', 'rawHeaders: []'],
    [
      'fetch: routes cannot ask for a recent login',
      'authenticate(context.req.raw, how)',
      'authenticate(context.req.raw)',
    ],
  ),
  ...breaks(
    fastifyPlugin,
    plugin,
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
