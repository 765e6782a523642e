/** Deliberate breaks of cookie mode that a browser must notice. */
import type { Mutant } from '../setup/mutant.ts'

const csrf = 'src/http/browser/csrf.ts'
const cookies = 'src/http/browser/cookies.ts'
const credentials = 'src/http/browser/token-transport.ts'
const spa = 'test/browser/spa.test.ts'
const forgery = 'test/browser/forgery.test.ts'
const sibling = 'test/browser/sibling.test.ts'
const crossSite = 'test/browser/cross-site.test.ts'
const signup = 'test/browser/signup.test.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'a page of another site clears the cookies of this one',
    file: cookies,
    find: 'if (secure) remove(reply, kind, attributes(kind, !crossSite))',
    replace: "if (secure) remove(reply, kind, { ...attributes(kind, !crossSite), sameSite: 'none' })",
    test: 'test/browser/two-sites.test.ts',
  },
  {
    name: 'scripts may read the cookies',
    file: cookies,
    find: 'httpOnly: true,',
    replace: 'httpOnly: false,',
    test: spa,
  },
  {
    name: 'a page of the app may leave the mode header out',
    file: csrf,
    find: 'asksForCookies(request) || isUpgrade(request)',
    replace: 'request.method',
    test: spa,
  },
  {
    name: 'a page of the app may send what a form can',
    file: csrf,
    find: 'if (type !== undefined && /^application',
    replace: 'if (type !== undefined || /^application',
    test: spa,
  },
  {
    name: 'who registers is greeted before they are let in',
    file: 'examples/spa/entry.ts',
    find: "askFor({ purpose: 'open', verification_id: result.verificationId, password })",
    replace: '',
    test: signup,
  },
  {
    name: 'recovery codes stay in the page',
    file: 'examples/spa/setup.ts',
    find: "find('code-list').textContent = ''",
    replace: '',
    test: 'test/browser/spa-factors.test.ts',
  },
  {
    name: 'to open the link of a mail approves the sign-in',
    file: 'examples/spa/approve.ts',
    find: "showPart('approve')",
    replace: "showPart('approve')\n    await client.api.approveEmailSignIn({ token })",
    test: 'test/browser/spa-mail-sign-in.test.ts',
  },
  {
    name: 'a tab stays logged in when another finds that the session has ended',
    file: 'packages/client/src/refresh.ts',
    find: 'store.held()?.record ?? stored.record',
    replace: 'stored.record',
    test: 'test/browser/spa-mail.test.ts',
  },
  {
    name: 'a link that is over may be pressed again',
    file: 'src/web/browser/link-page.ts',
    find: 'if (isOver) return finish(detail)',
    replace: '',
    test: signup,
  },
  {
    name: 'no leeway for two tabs',
    file: 'src/sessions/create-sessions.ts',
    find: 'leewaySeconds: config.refreshLeewaySeconds',
    replace: 'leewaySeconds: 0 * config.refreshLeewaySeconds',
    test: spa,
  },
  {
    name: 'the gate stands open',
    file: credentials,
    find: 'gate.require(request)\n',
    replace: '\n',
    test: forgery,
  },
  {
    name: 'cookies without the header are not cookie mode',
    file: credentials,
    find: ' && (hasToken || !cookies.brought(request))',
    replace: '',
    test: forgery,
  },
  {
    name: 'any origin will do',
    file: csrf,
    find: 'if (!entry) return',
    replace: 'if (!entry && origin.length === 0) return',
    test: forgery,
  },
  {
    name: 'cookies travel to other sites',
    file: cookies,
    find: '{ secure, sameSite }),',
    replace: "{ secure, sameSite: sameSite && 'none' }),",
    test: forgery,
  },
  {
    name: 'every page may read',
    file: 'src/http/browser/cors.ts',
    find: '(entry?.bearerOnly === false || isOpen)',
    replace: '(methods.length > 0 || isOpen)',
    test: forgery,
  },
  {
    name: 'cookies that any host of the site can set are believed',
    file: 'src/http/browser/cookie-names.ts',
    find: ': `__Host-Http-${kind}`',
    replace: ': kind',
    test: sibling,
  },
  {
    name: 'one site is one origin',
    file: 'src/http/browser/allowed-origins.ts',
    find: 'exact.get(origin) ??',
    replace: "[...exact.values()].find((one) => origin.endsWith(one.origin.slice(one.origin.indexOf('.')) || '-')) ??",
    test: sibling,
  },
  {
    name: 'another site gets cookies outside its jar',
    file: cookies,
    find: ', partitioned: true',
    replace: '',
    test: crossSite,
  },
  {
    name: 'another site gets cookies that do not travel',
    file: cookies,
    find: "sameSite: 'none'",
    replace: "sameSite: 'strict'",
    test: crossSite,
  },
  {
    name: 'every listed origin may be on another site',
    file: csrf,
    find: 'find(request)?.crossSite) return',
    replace: 'find(request)) return',
    test: crossSite,
  },
  {
    name: 'a logout leaves the cookies of another site where they are',
    file: credentials,
    find: 'cookies.clear(reply, gate.isCrossSite(reply.request))',
    replace: 'cookies.clear(reply, false)',
    test: crossSite,
  },
  {
    name: 'a sibling opens a websocket with the cookie',
    file: csrf,
    find: 'safeMethods.has(request.method) && !isUpgrade(request)',
    replace: 'safeMethods.has(request.method)',
    test: 'test/browser/live.test.ts',
  },
]
