/**
 * The path of PUBLIC_URL. A proxy in front of the server passes it on, or strips it. Nothing in a request tells which, so the server takes
 * every request in both forms. Everything behind this file sees the path without it.
 */

export type PathPrefix = {
  /** Tells of the path of a route, before the first request. */
  readonly addRoute: (url: string) => void
  /** The target of a request as a path and a query, without the prefix. */
  readonly strip: (target: string) => string
}

/** A request to a proxy names a host in its target, and a server must accept that too (RFC 9112 §3.2.2). */
const withoutHost = (target: string): string => {
  if (target.startsWith('/')) return target
  const [host] = /^https?:\/\/[^/?#]*/i.exec(target) ?? []
  return host === undefined ? target : beginWithSlash(target.slice(host.length))
}

const beginWithSlash = (path: string) => (path.startsWith('/') ? path : `/${path}`)

/** The first segment of a path, with its slash. */
const firstOf = (path: string) => /^\/[^/?#]*/.exec(path)?.[0] ?? '/'

/** `prefix` is empty or a path such as `/id`, with no slash at its end. */
export function createPathPrefix(prefix: string): PathPrefix {
  // The prefix may be `/auth`, with which paths of this server begin too. So it is stripped only in front of the first segment of a
  // route: in `/auth/auth/login`, and not in `/auth/login`.
  const firsts = new Set<string>()
  // Whether the prefix alone is the path of a route, such as `/docs`. It then leads there, and `/docs/` leads to the start page.
  let isRoute = false

  return {
    addRoute(url) {
      firsts.add(firstOf(url))
      isRoute ||= url === prefix
    },

    strip(target) {
      const path = withoutHost(target)
      if (prefix === '' || !path.startsWith(prefix)) return path
      const rest = path.slice(prefix.length)
      // `/idea` does not begin with the segment `/id`.
      if (rest !== '' && !/^[/?#]/.test(rest)) return path
      if (isRoute && !rest.startsWith('/')) return path
      return firsts.has(firstOf(rest)) ? beginWithSlash(rest) : path
    },
  }
}
