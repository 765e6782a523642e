/** Deliberate breaks of the Fastify plugin of countersign/verify. Part of mutants.ts. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const plugin = 'test/verify/plugin.test.ts'

const fastifyPlugin = 'src/verify/fastify-plugin.ts'

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
]
