/** Deliberate breaks of CORS, SPA_ORIGINS and the doctor. Part of mutants.ts. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const cors = 'test/http/browser/cors.test.ts'
const origins = 'test/http/browser/spa-origins.test.ts'
const native = 'test/http/browser/native.test.ts'
const doctor = 'test/http/browser/doctor.test.ts'

export const listMutants: readonly Mutant[] = [
  ...breaks(
    'src/http/browser/cors.ts',
    cors,
    ['cors: every origin', '(entry?.bearerOnly === false || isOpen)', 'path'],
    ['cors: no PUT', "'PUT', ", ''],
    ['cors: a wildcard for the others', "isPublic && '*'", "'*'"],
    [
      'cors: a header that names nobody for the others',
      "isPublic && '*'",
      "isPublic ? '*' : 'https://auth.example.test'",
    ],
    ['cors: the doctor opens what is below it', 'openTo.includes(path)', 'openTo.some((one) => path.startsWith(one))'],
    [
      'cors: the doctor opens what names it',
      'openTo.includes(path)',
      "openTo.some((one) => (request.raw.url ?? '').endsWith(one))",
    ],
    ['cors: without credentials', 'credentials: withCredentials', 'credentials: false'],
    ['cors: the pages of links with credentials', 'credentials: withCredentials', 'credentials: true'],
    ['cors: the pages of links everywhere', ' && pages.paths.includes(path)', ''],
    ['cors: the pages of links nowhere', ' || isPage', ''],
    ['cors: what is in a link from anywhere', 'pages.origins.includes(origin) && pages.paths', 'pages.paths'],
    ['cors: no PATCH', "'PATCH', ", ''],
    ['cors: no X-Auth-Mode', "'content-type', 'x-auth-mode',", "'content-type',"],
    ['cors: whatever header is asked for', '        allowedHeaders,\n', ''],
    ['cors: preflights are not kept', 'maxAge: preflightMaxAgeSeconds', 'maxAge: null'],
    ['cors: Retry-After cannot be read', "          'retry-after',\n", ''],
  ),
  ...breaks(
    'src/config/spa-origins.ts',
    origins,
    ['origins: a final slash', 'url.origin === text &&', "url.origin === text.replace(/\\/$/, '') &&"],
    ['origins: whatever is a URL', 'url.origin === text && ', ''],
    ['origins: a wildcard anywhere', " && !url.hostname.includes('*')", ''],
    ['origins: all are cross-site', "word === 'cross-site'", 'true'],
    ['origins: a native shell is another site', 'return crossSite ? undefined : {', 'return {'],
    [
      'origins: a native shell may use cookies',
      '{ origin, crossSite, bearerOnly: true }',
      '{ origin, crossSite, bearerOnly: false }',
    ],
    ['origins: the word bearer says nothing', "bearerOnly: word === 'bearer' }", 'bearerOnly: false }'],
    ['origins: any scheme is a native shell', ' && !webSchemes.has(scheme)', ''],
    ['origins: any port of any host', 'isAnyPort(text) && isLocalOrigin', 'isAnyPort(text) && isWebOrigin'],
    ['origins: a pattern for a top-level domain', String.raw`(?=[a-z0-9-]+\.)`, ''],
  ),
  ...breaks(
    'src/http/browser/allowed-origins.ts',
    origins,
    ['origins: a pattern stands for many labels', '[a-z0-9-]{0,61}', '[a-z0-9.-]{0,61}'],
    [
      'origins: a dot of a pattern is any letter',
      'escaped(origin.slice(anyHostLength))',
      'origin.slice(anyHostLength)',
    ],
    ['origins: a pattern has no beginning', '`^https:', '`https:'],
    ['origins: a pattern has no end', '${rest}$`', '${rest}`'],
    ['origins: a port has no end', String.raw`\\d{1,5})?$`, String.raw`\\d{1,5})?`],
    [
      'origins: a pattern comes before an exact entry',
      'exact.get(origin) ?? patterns.find(({ regex }) => regex.test(origin))?.entry',
      'patterns.find(({ regex }) => regex.test(origin))?.entry ?? exact.get(origin)',
    ],
  ),
  ...breaks('src/config/spa-origins.ts', doctor, [
    'doctor: forgets which origins are cross-site',
    'if (crossSite) return `${origin} cross-site`',
    '',
  ]),
  ...breaks(
    'src/http/browser/cors.ts',
    native,
    ['cors: credentials for those of bearer mode', 'entry?.bearerOnly === false', 'entry'],
    ['cors: those of bearer mode may not read', '|| entry !== undefined ||', '||'],
    ['cors: no headers of tracing', '...tracingHeaders, ', ''],
    ['cors: no more headers', ', ...moreHeaders', ''],
    ['cors: keys for listed pages alone', "isPublic && '*'", 'false'],
    ['cors: whatever begins like it is public', "'/.well-known/'", "'/'"],
    ['cors: a refused page is not reported', 'onRefused(origin)', 'void onRefused'],
    ['cors: a page of an allowed origin may not read 431', 'if (!entry) return {}', 'if (entry) return {}'],
    ['cors: any page may read 431', 'if (!entry) return {}', 'if (entry === null) return {}'],
    ['cors: 431 with credentials for every page', 'entry.bearerOnly ? {} : {', '!entry ? {} : {'],
  ),
  ...breaks(
    'src/http/browser/refused-origins.ts',
    native,
    ['cors: strangers fill the log', 'logged.size >= mostLogged || ', ''],
    ['cors: strangers write into the log of production', 'if (production || ', 'if ('],
    ['cors: an origin is reported at every request', ' || logged.has(origin)', ''],
    ['cors: refused origins are not counted', '    count({})\n', ''],
  ),
  ...breaks('src/http/browser/csrf.ts', native, [
    'gate: an origin for bearer mode may use cookies',
    'if (entry.bearerOnly) return',
    'if (!entry) return',
  ]),
  ...breaks(
    'src/config/setting-rules.ts',
    origins,
    ['origins: duplicates', 'new Set(found.map(({ origin: one }) => one)).size === found.length', 'found.length > 0'],
    [
      'origins: mistakes are left out',
      'if (found.length === list.length && new Set(found.map(({ origin',
      'if (found.length > 0 && new Set(found.map(({ origin',
    ],
  ),
  ...breaks(
    'src/config/setting-conflicts.ts',
    origins,
    ['origins: a pattern for hosts of strangers', 'suffixes.filter(isPublicSuffix)', 'suffixes.filter(() => false)'],
    ['origins: any port in production', 'isAnyPort(spa.origin)', 'false'],
    ['origins: http in production', `spa.origin.startsWith('http:') && !isLocalOrigin`, 'false && !isLocalOrigin'],
    ['origins: https even for localhost', ' && !isLocalOrigin(spa.origin)', ''],
    ['origins: cross-site on plain http', "!env.PUBLIC_URL?.startsWith('https:')", 'false'],
  ),
  ...breaks('src/config/config.ts', origins, [
    'origins: the sample page in production',
    '(production || !isLocal(e) ? [] : developmentOrigins)',
    'developmentOrigins',
  ]),
  ...breaks(
    'src/http/browser/doctor.ts',
    doctor,
    [
      'doctor: shows the cookies',
      'cookies: Object.keys(request.cookies)',
      'cookies: Object.entries(request.cookies).map(String)',
    ],
    [
      'doctor: the proposal lists an origin twice',
      'spaOrigins.filter((known) => known.origin !== origin)',
      'spaOrigins',
    ],
    ['doctor: says well where a rule is broken', 'refused: refused.length,', 'refused: 0,'],
  ),
  ...breaks('src/app.ts', doctor, ['doctor: in production too', 'if (!production) doctorRoute(', 'doctorRoute(']),
  ...breaks('src/http/create-edge.ts', doctor, [
    'doctor: its address is open in production',
    'openTo = production ? [] : [doctorPath]',
    'openTo = [doctorPath]',
  ]),
]
