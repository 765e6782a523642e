/**
 * The addresses that links in mails may lead to (`LINK_TARGETS`), and the comparison of a wish with them. A link holds a token that gives
 * access to an account, and a stranger may have asked for the mail. So only addresses of the operator's own apps may get it.
 *
 * The text is matched by a grammar that is narrower than that of URLs. It leaves nothing that two parsers could read in two ways: no user
 * name, no percent sign, no backslash, no control character, no empty or dotted segment. There is no query and no fragment either. A query
 * could make a page of the app redirect to another host, which would get the fragment, and the fragment holds the token.
 */

/** An address that a link may lead to. Only this file makes one. */
export type LinkTarget = string & { readonly isLinkTarget: true }

/** In characters. A longer address would not stay on one line of a mail. */
export const longestLinkTarget = 200

const grammar =
  /^(?<scheme>[a-z][a-z0-9+.-]*):(?<authority>\/\/(?:(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?)?)?(?<path>(?:\/[a-z0-9._~-]+)*\/?)$/i

// No app is behind these. Most of them run a script, read a file, or belong to another program of the user.
const refusedSchemes = new Set(
  (
    'about blob chrome content data edge file filesystem ftp intent itms-services jar javascript mailto resource search-ms sms smsto tel ' +
    'vbscript view-source ws wss'
  ).split(' '),
)

const webSchemes = new Set(['http', 'https'])

/**
 * The address in the form in which addresses are compared, or undefined if no link may have this form. A scheme, and the host of a web
 * address, are compared without case and without the default port. The rest is compared with case, because apps and servers do so.
 */
export function parseLinkTarget(text: string): LinkTarget | undefined {
  const { scheme, authority, path } = grammar.exec(text)?.groups ?? {}
  if (scheme === undefined || text.length > longestLinkTarget) return undefined
  if (path?.split('/').some((segment) => segment === '.' || segment === '..')) return undefined
  const name = scheme.toLowerCase()
  if (webSchemes.has(name)) {
    const url = authority === undefined || authority === '//' ? null : URL.parse(text)
    return url ? target(`${url.origin}${url.pathname}`) : undefined
  }
  // `app:` alone, without a slash, names no place.
  if (refusedSchemes.has(name) || (authority === undefined && path === '')) return undefined
  return target(`${name}${text.slice(scheme.length)}`)
}

const target = (text: string) => text as LinkTarget

/** The wish as an address for a link, or undefined if it is none of the targets and below none of them. */
export function findLinkTarget(wish: string, targets: readonly LinkTarget[]): LinkTarget | undefined {
  const found = parseLinkTarget(wish)
  return found !== undefined && targets.some((each) => isWithin(found, each)) ? found : undefined
}

// A prefix ends at a slash: `/auth` has `/auth/reset` below it, and not `/authors`.
const isWithin = (found: LinkTarget, each: LinkTarget) =>
  found === each || found.startsWith(each.endsWith('/') ? each : `${each}/`)

/** The address of a link. The token stands in the fragment, which browsers do not send. So no log and no Referer header shows it. */
export const linkUrl = (page: string, token: string): string => `${page}#token=${token}`
