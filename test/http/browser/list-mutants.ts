/** Deliberate breaks of CORS, SPA_ORIGINS and the doctor. Part of mutants.ts. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const cors = 'test/http/browser/cors.test.ts'
const origins = 'test/http/browser/spa-origins.test.ts'
const doctor = 'test/http/browser/doctor.test.ts'

const host = "(text = '') => URL.parse(text)?.hostname"

export const listMutants: readonly Mutant[] = [
  ...breaks(
    'src/http/browser/cors.ts',
    cors,
    ['cors: every origin', '(listed.has(origin) || isOpen)', 'path'],
    ['cors: origins by their beginning', 'listed.has(origin)', '[...listed].some((one) => origin.startsWith(one))'],
    ['cors: origins by their end', 'listed.has(origin)', '[...listed].some((one) => origin.endsWith(one.slice(8)))'],
    ['cors: origins by host', 'listed.has(origin)', `[...listed].some((one) => (${host})(one) === (${host})(origin))`],
    ['cors: origins in any case', 'listed.has(origin)', 'listed.has(origin.toLowerCase())'],
    ['cors: null is listed', 'listed.has(origin)', "[...listed, 'null'].includes(origin)"],
    ['cors: a wildcard for the others', 'origin : false,', "origin : '*',"],
    ['cors: a header that names nobody for the others', 'origin : false,', "origin : 'https://auth.example.test',"],
    ['cors: the doctor opens what is below it', 'openTo.includes(path)', 'openTo.some((one) => path.startsWith(one))'],
    [
      'cors: the doctor opens what names it',
      'openTo.includes(path)',
      "openTo.some((one) => (request.raw.url ?? '').endsWith(one))",
    ],
    ['cors: without credentials', 'credentials: withCredentials', 'credentials: false'],
    ['cors: the pages of links with credentials', 'credentials: withCredentials', 'credentials: true'],
    ['cors: the pages of links everywhere', ' && pages.paths.includes(path)', ''],
    ['cors: the pages of links nowhere', 'withCredentials || without ?', 'withCredentials ?'],
    ['cors: what is in a link from anywhere', 'pages.origins.includes(origin) && pages.paths', 'pages.paths'],
    ['cors: no PATCH', "'PATCH', ", ''],
    ['cors: no X-Auth-Mode', "'content-type', 'x-auth-mode',", "'content-type',"],
    [
      'cors: whatever header is asked for',
      "allowedHeaders: ['authorization', 'content-type', 'x-auth-mode', 'x-request-id'],",
      '',
    ],
    ['cors: preflights are not kept', 'maxAge: preflightMaxAgeSeconds', 'maxAge: null'],
    ['cors: Retry-After cannot be read', "          'retry-after',\n", ''],
  ),
  ...breaks(
    'src/config/setting-rules.ts',
    origins,
    ['origins: a final slash', 'url.origin === text &&', "url.origin === text.replace(/\\/$/, '') &&"],
    ['origins: whatever is a URL', 'url.origin === text && ', ''],
    ['origins: a wildcard', " && !url.hostname.includes('*')", ''],
    ['origins: duplicates', 'new Set(found.map(({ origin: one }) => one)).size === found.length', 'found.length > 0'],
    [
      'origins: mistakes are left out',
      'if (found.length === list.length && new Set(found.map(({ origin',
      'if (found.length > 0 && new Set(found.map(({ origin',
    ],
    ['origins: all are cross-site', 'crossSite: match[2] !== undefined', 'crossSite: match[1] !== undefined'],
  ),
  ...breaks(
    'src/config/config.ts',
    origins,
    ['origins: http in production', `spa.origin.startsWith('http:') && !isLocalOrigin`, 'false && !isLocalOrigin'],
    ['origins: https even for localhost', ' && !isLocalOrigin(spa.origin)', ''],
    [
      'origins: cross-site on plain http',
      "if (crossSite && !env.PUBLIC_URL?.startsWith('https:'))",
      "if (crossSite && !env.PUBLIC_URL?.startsWith('https:') && !env)",
    ],
    [
      'origins: the sample page in production',
      '(production || !isLocal(e) ? [] : developmentOrigins)',
      'developmentOrigins',
    ],
  ),
  ...breaks(
    'src/http/browser/doctor.ts',
    doctor,
    [
      'doctor: shows the cookies',
      'cookies: Object.keys(request.cookies)',
      'cookies: Object.entries(request.cookies).map(String)',
    ],
    [
      'doctor: forgets which origins are cross-site',
      '(crossSite ? `${origin} cross-site` : origin)',
      '(crossSite ? origin : origin)',
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
    'openTo: production ? [] : [doctorPath]',
    'openTo: [doctorPath]',
  ]),
]
