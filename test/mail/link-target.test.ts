/** Which addresses a link in a mail may lead to: a table of tricks. */
import t from 'tap'
import { findLinkTarget, linkUrl, longestLinkTarget, parseLinkTarget } from '../../src/mail/link-target.ts'
import { configMistakes } from '../config/config-mistakes.ts'

const targets = [
  'https://app.example.com/auth',
  'https://open.example.com',
  'https://slash.example.com/auth/',
  'https://port.example.com:8443/auth',
  'http://localhost:5173',
  'myapp://auth',
  'whole://',
  'com.example.app:/links',
].map((text) => {
  const parsed = parseLinkTarget(text)
  if (parsed === undefined) throw new Error(`${text} is no target`)
  return parsed
})

const allowed: Readonly<Record<string, string>> = {
  'https://app.example.com/auth': 'https://app.example.com/auth',
  'https://app.example.com/auth/': 'https://app.example.com/auth/',
  'https://app.example.com/auth/reset': 'https://app.example.com/auth/reset',
  'https://app.example.com/auth/a/b.c/~d_e-f': 'https://app.example.com/auth/a/b.c/~d_e-f',
  // The scheme, the host and the default port are written in many ways, and mean the same.
  'HTTPS://APP.Example.COM/auth/reset': 'https://app.example.com/auth/reset',
  'https://app.example.com:443/auth/reset': 'https://app.example.com/auth/reset',
  'https://open.example.com': 'https://open.example.com/',
  'https://open.example.com/': 'https://open.example.com/',
  'https://open.example.com/any/page': 'https://open.example.com/any/page',
  'https://slash.example.com/auth/': 'https://slash.example.com/auth/',
  'https://slash.example.com/auth/reset': 'https://slash.example.com/auth/reset',
  'https://port.example.com:8443/auth': 'https://port.example.com:8443/auth',
  'http://localhost:5173/reset': 'http://localhost:5173/reset',
  'myapp://auth': 'myapp://auth',
  'myapp://auth/reset': 'myapp://auth/reset',
  'MyApp://auth/reset': 'myapp://auth/reset',
  'whole://any/place': 'whole://any/place',
  'whole:///place': 'whole:///place',
  'com.example.app:/links/reset': 'com.example.app:/links/reset',
}

const refused = [
  '',
  ' ',
  '/auth/reset',
  '//app.example.com/auth',
  'app.example.com/auth',
  // Other hosts that look like the right one.
  'https://evil.test',
  'https://evil.test/https://app.example.com/auth',
  'https://app.example.com.evil.test/auth',
  'https://app.example.comevil.test/auth',
  'https://evil-app.example.com/auth',
  'https://sub.app.example.com/auth',
  'https://example.com/auth',
  'https://app.example.com./auth',
  'https://open.example.com.evil.test',
  'https://open.example.comx',
  'https://*.example.com/auth',
  'https://аpp.example.com/auth', // The first letter of the host is Cyrillic.
  'https://app。example.com/auth', // The dot is an ideographic full stop.
  'https://ａpp.example.com/auth',
  // A user name before the host.
  'https://app.example.com@evil.test/auth',
  'https://app.example.com:443@evil.test/auth',
  'https://open.example.com:x@evil.test',
  'https://user@app.example.com/auth',
  'https://user:password@app.example.com/auth',
  'https://@app.example.com/auth',
  // Backslashes, which browsers read as slashes.
  'https://evil.test\\@app.example.com/auth',
  'https://app.example.com\\@evil.test/auth',
  'https:\\\\app.example.com\\auth',
  'https://app.example.com/auth\\..\\..',
  'https://app.example.com\\.evil.test/auth',
  // Segments that lead up, also encoded ones.
  'https://app.example.com/auth/..',
  'https://app.example.com/auth/../logout',
  'https://app.example.com/auth/./reset',
  'https://app.example.com/auth/.',
  'https://app.example.com/auth/%2e%2e/logout',
  'https://app.example.com/auth/.%2E/logout',
  'https://app.example.com/auth/%2e',
  'https://app.example.com/auth%2f..%2flogout',
  'https://app.example.com/auth/%252e%252e/logout',
  'https://app.example.com/auth/..;/logout',
  'https://app.example.com/%61uth',
  // Paths that begin like the right one, or that name another one.
  'https://app.example.com/authors',
  'https://app.example.com/auth.evil',
  'https://app.example.com/auth-evil',
  'https://app.example.com/AUTH',
  'https://app.example.com/aut',
  'https://app.example.com/',
  'https://app.example.com',
  'https://app.example.com/x/auth',
  'https://app.example.com//auth',
  'https://app.example.com/auth//',
  'https://app.example.com/auth//evil.test',
  'https://slash.example.com/auth',
  // Queries and fragments.
  'https://app.example.com/auth?next=https://evil.test',
  'https://app.example.com/auth?',
  'https://app.example.com/auth#',
  'https://app.example.com/auth#token=x',
  'https://app.example.com?/auth',
  'https://app.example.com#/auth',
  'https://evil.test?https://app.example.com/auth',
  'https://evil.test#https://app.example.com/auth',
  'https://app.example.com/auth;x=1',
  'https://app.example.com/auth/a,b',
  // Other schemes and ports.
  'http://app.example.com/auth',
  'https://app.example.com:8443/auth',
  'https://app.example.com:80/auth',
  'https://app.example.com:/auth',
  'https://app.example.com:999999/auth',
  'https://port.example.com/auth',
  'https://port.example.com:443/auth',
  'https://localhost:5173/reset',
  'http://localhost:51733/reset',
  'http://localhost/reset',
  'https:/app.example.com/auth',
  'https:app.example.com/auth',
  'https:///app.example.com/auth',
  'https:////app.example.com/auth',
  'ftp://app.example.com/auth',
  'wss://app.example.com/auth',
  'javascript:alert(1)',
  'javascript://app.example.com/auth',
  'JavaScript://auth',
  'data:text/html,x',
  'data://auth',
  'file:///etc/passwd',
  'blob:https://app.example.com/auth',
  'view-source:https://app.example.com/auth',
  'intent://auth',
  'mailto:x@evil.test',
  'about:blank',
  // Apps.
  'myapp:auth',
  'myapp:/auth',
  'myapp:///auth',
  'myapp://AUTH',
  'myapp://authors',
  'myapp://auth.evil/x',
  'myapp://auth:80/x',
  'myapp://auth@evil/x',
  'myapp://other',
  'myapp://',
  'myapp://auth/../other',
  'myapp://auth?x',
  'myapp2://auth',
  'xmyapp://auth',
  'whole:x',
  'com.example.app://links/reset',
  'com.example.app:/linksevil',
  'com.example.app.evil:/links',
  // Characters that parsers drop or decode.
  ' https://app.example.com/auth',
  'https://app.example.com/auth ',
  'https://app.example.com/auth\n',
  'https://app.example.com/au\nth',
  'https://app.example.com/au\tth',
  'ht\ttps://app.example.com/auth',
  'https://app.example.com/auth\r\nBcc: x@evil.test',
  'https://app.example.com/auth\u0000',
  'https://app.example.com/auth/\u2028x',
  'https://app.example.com/auth/\u202ex',
  'https://app.example.com/auth/"onclick="x',
  'https://app.example.com/auth/<b>',
  'https://app.example.com/auth/é',
  `https://app.example.com/auth/${'a'.repeat(longestLinkTarget)}`,
]

t.test('an address within the targets is allowed, and the link has its usual form', async (t) => {
  for (const [wish, found] of Object.entries(allowed)) t.equal(findLinkTarget(wish, targets), found, wish)
  const longest = `https://app.example.com/auth/${'a'.repeat(longestLinkTarget - 'https://app.example.com/auth/'.length)}`
  t.equal(findLinkTarget(longest, targets), longest, 'as long as an address may be')
})

t.test('every other address is refused', async (t) => {
  t.strictSame(
    refused.filter((wish) => findLinkTarget(wish, targets) !== undefined),
    [],
  )
  for (const wish of Object.keys(allowed)) t.equal(findLinkTarget(wish, []), undefined, `${wish}, without targets`)
})

t.test(
  'whatever is allowed, a URL parser finds the host and the path of a target in it, and the token in the fragment',
  async (t) => {
    for (const found of Object.values(allowed)) {
      const url = new URL(linkUrl(found, 'T'))
      t.equal(url.hash, '#token=T')
      t.same(
        { search: url.search, username: url.username, password: url.password },
        { search: '', username: '', password: '' },
      )
      t.ok(
        targets
          .map((target) => new URL(target))
          .some((target) => target.protocol === url.protocol && (target.host === url.host || target.host === '')),
        found,
      )
    }
  },
)

t.test('the setting takes addresses of pages and of apps, and names what is wrong with others', async (t) => {
  const mistakes = (LINK_TARGETS: string, env = {}) => configMistakes({ LINK_TARGETS, ...env })
  t.equal(mistakes('https://app.example.com, https://app.example.com/auth,myapp://auth,com.example.app:/links'), '')
  for (const text of [
    'javascript:alert(1)',
    'javascript://auth',
    'data:text/html,x',
    'file:///home',
    'VBScript://auth',
    'blob://auth',
    'https://*.example.com',
    'https://user@app.example.com',
    'https://app.example.com/auth?x',
    'https://app.example.com/auth#x',
    'https://app.example.com/%61uth',
    'https://app.example.com/a/../b',
    'https:app.example.com',
    'myapp:auth',
    'myapp:',
    'app.example.com',
    '*',
    'https://app.example.com,',
    'https://app.example.com,https://APP.example.com:443/',
  ]) {
    t.match(mistakes(text), /LINK_TARGETS must be addresses such as/, text)
  }
})

t.test('in production, plain http is for pages on the same machine only', async (t) => {
  const plain = /LINK_TARGETS must be https in production/
  const mistakes = (LINK_TARGETS: string, NODE_ENV: string) => configMistakes({ LINK_TARGETS, NODE_ENV })
  t.match(mistakes('http://app.example.com/auth', 'production'), plain)
  t.notMatch(mistakes('http://app.example.com/auth', 'development'), plain)
  t.notMatch(mistakes('http://localhost:5173/auth,myapp://auth', 'production'), plain)
})
