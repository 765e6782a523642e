/** Deliberate breaks of the cookies themselves. Part of mutants.ts. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const mode = 'test/http/browser/cookie-mode.test.ts'
const mixing = 'test/http/browser/mixing.test.ts'
const healing = 'test/http/browser/healing.test.ts'

export const cookieMutants: readonly Mutant[] = [
  ...breaks(
    'src/http/browser/cookies.ts',
    mode,
    ['cookies: scripts may read them', 'httpOnly: true', 'httpOnly: false'],
    ['cookies: not for the whole host', "path: '/'", "path: '/auth'"],
    ['cookies: for sibling hosts too', "path: '/'", "path: '/', domain: 'example.test'"],
    ['cookies: over http too', ': { secure, sameSite }', ': { secure: false, sameSite }'],
    ['cookies: always Lax', ': { secure, sameSite }', ": { secure, sameSite: 'lax' }"],
    ['cookies: always Strict', ': { secure, sameSite }', ": { secure, sameSite: 'strict' }"],
    ['cookies: cross-site over http too', 'secure: true,', 'secure: false,'],
    ['cookies: cross-site is Lax', "sameSite: 'none'", "sameSite: 'lax'"],
    ['cookies: one jar for all sites', 'partitioned: true', 'partitioned: false'],
    ['cookies: until the browser is closed', 'maxAge: maxAgeSeconds', 'maxAge: undefined'],
    ['cookies: one is left at logout', "of ['access', 'refresh'] as const) {", "of ['access'] as const) {"],
    [
      'cookies: cleared without attributes',
      'remove(reply, kind, attributes(kind, crossSite))',
      "remove(reply, kind, { path: '/' })",
    ],
  ),
  ...breaks(
    'src/http/browser/cookies.ts',
    mixing,
    ['cookies: the first of two counts', "if (others.length > 0) return 'doubled'", 'void others'],
    [
      'cookies: names in any case',
      'nameOf(kind) ? [trim',
      'nameOf(kind) || name === nameOf(kind).toLowerCase() ? [trim',
    ],
    ['cookies: the unprefixed name counts too', 'nameOf(kind) ? [trim', 'nameOf(kind) || name === kind ? [trim'],
  ),
  ...breaks('src/http/browser/cookie-names.ts', mode, [
    'cookies: no prefix',
    '`__Host-Http-${kind}`',
    '`__Host-${kind}`',
  ]),
  ...breaks('src/http/browser/cookie-names.ts', mixing, [
    'cookies: a prefix on plain http',
    'return (kind) => `${kind}-',
    'return (kind) => `__Host-Http-${kind}-',
  ]),
  ...breaks(
    'src/http/browser/cookies.ts',
    healing,
    [
      'cookies: the other kind stays',
      'if (secure) remove(reply, kind, attributes(kind, !crossSite))',
      'void [reply, kind, crossSite]',
    ],
    [
      'cookies: a page of another site clears ours',
      '      removeOther(reply, kind, crossSite)\n      const life',
      "      remove(reply, kind, { path: '/', secure: true, sameSite: 'none' })\n      const life",
    ],
    ['cookies: stray ones stay', 'if (!isDoubled(request, kind)) continue', 'if (request) continue'],
    ['cookies: the refresh cookie for the whole domain', "kind === 'access' && accessDomain ?", 'accessDomain ?'],
    [
      'cookies: the access cookie for one host',
      "kind === 'access' && accessDomain ?",
      "kind === 'device' && accessDomain ?",
    ],
  ),
  ...breaks('src/http/browser/cookie-names.ts', healing, [
    'cookies: one name for all servers on localhost',
    "`${kind}-${port || '80'}`",
    '`${kind}-${port && 80}`',
  ]),
  ...breaks(
    'src/http/browser/stray-cookies.ts',
    healing,
    ['cookies: strays of one path alone', 'paths.map((one) => ({ path: one, ...of }))', "[{ path: '/auth', ...of }]"],
    ['cookies: no path with a slash at its end', '[one, `${one}/`]', '[one]'],
    ['cookies: strays of this host alone', 'return [{}, ...labels', 'return [{}, ...labels.slice(9)'],
    ['cookies: our own is a stray one', '!(place.path', '(place.path'],
    ['cookies: any path goes into a header', String.raw`/^[\w.~-]+$/.test(part)`, 'part'],
  ),
  ...breaks('src/http/browser/cookies.ts', 'test/http/browser/oddities.test.ts', [
    'cookies: more than space and tab is trimmed',
    String.raw`text.replace(/^[ \t]+|[ \t]+$/g, '')`,
    'text.trim()',
  ]),
]
