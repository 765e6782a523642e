/** Deliberate breaks of @countersign/client/server. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const alone = 'test/packages/client/server.test.ts'
const shared = 'test/packages/client/server-shared.test.ts'
const create = 'packages/client/src/server/create-server-session.ts'
const ask = 'packages/client/src/server/ask.ts'
const share = 'packages/client/src/server/share.ts'
const cookies = 'packages/client/src/server/cookie-header.ts'

export const serverMutants: readonly Mutant[] = [
  ...breaks(
    create,
    alone,
    ['a doubled cookie is verified', ' || others.length > 0) return undefined', ') return undefined'],
    ['a refusal of the verifier is final', 'throw error\n      return undefined', 'throw error\n      throw error'],
    ['errors of the verifier are hidden', "!== 'string') throw error", "!== 'string') return undefined"],
    ['the server is asked without an access cookie', 'hasAccess ? await', 'asking ? await'],
    ['the server is not asked before a refresh', 'access.length > 0, hasRefresh', 'false, hasRefresh'],
    ['without a refresh cookie it refreshes too', 'return hasRefresh ?', 'return asking ?'],
    ['caches keep the page', "headers.set('Cache-Control', 'private, no-store')", ''],
    ['the page keeps only one cookie', "headers.append('Set-Cookie', line)", "headers.set('Set-Cookie', line)"],
    ['the rest of the request has the old cookies', '...kept, ...replaced]', '...pairs]'],
    ['the access token is the old one', '?.value ?? access[0]', '?.value && access[0]'],
    [
      'wrapped headers are a request',
      "'get' in source ? source : source.headers",
      "'headers' in source ? (source as Request).headers : source",
    ],
  ),
  ...breaks(
    create,
    shared,
    ['a render waits for ever', 'return Promise.race([', 'return Promise.any(['],
    ['the other cookies of the site are sent on', 'cookie: writeCookies(ours)', 'cookie: header'],
    ['the questions of all users are one', 'share(asking.cookie, ', "share('', "],
  ),
  ...breaks(
    share,
    shared,
    ['each render asks for itself', 'if (known) return known', ''],
    ['one user gets the session of another', 'const known = running.get(key)', 'const [known] = running.values()'],
    ['the answer is kept', '.finally(() => running.delete(key))', ''],
  ),
  ...breaks(
    ask,
    shared,
    ['any 401 ends a session', 'if (isEnded(error)) return', 'if (error) return'],
    ['a lost answer is an error', "retry({ attempts }, () => send('POST'", "retry({ attempts: 1 }, () => send('POST'"],
    ['the request is not given up', '        signal,\n', ''],
    ['the address is not told', "if (address) headers.set('X-Forwarded-For', address)", ''],
    ['the browser is not told', "if (userAgent) headers.set('User-Agent', userAgent)", ''],
  ),
  ...breaks(
    cookies,
    shared,
    ['names have no port', "`access-${port || '80'}`", "'access'"],
    [
      'COOKIE_DOMAIN has no name of its own',
      "cookieDomain === undefined ? '__Host-Http-access'",
      "true ? '__Host-Http-access'",
    ],
    ['a removal counts as a cookie', 'one.name === name && one.value)', 'one.name === name)'],
  ),
]
