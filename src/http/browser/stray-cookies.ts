/**
 * Where a cookie with the name of ours can come from, if not from this server. Another program on this machine or another host of the
 * domain can set one for a longer path or another domain. The browser then sends two of that name.
 */
type Place = { readonly path: string; readonly domain?: string }
type Where = {
  readonly publicUrl: string
  /** The path of the request that had two cookies. */
  readonly path: string
  /** The domain of our own cookie. Without one, it belongs to the host alone. */
  readonly domain: string | undefined
}

// A path with more parts is no path of this server.
const mostParts = 8

/** Every path that a cookie of this request can have (RFC 6265 §5.1.4): each with and without the slash at its end. */
function pathsOf(path: string): string[] {
  const parts = (path.split('?', 1)[0] ?? '').split('/').filter((part) => /^[\w.~-]+$/.test(part))
  const found = parts.slice(0, mostParts).map((_, i) => `/${parts.slice(0, i + 1).join('/')}`)
  return ['/', ...found.flatMap((one) => [one, `${one}/`])]
}

/** The host itself without the attribute Domain, then every domain that it belongs to. A browser accepts no cookie for a whole top-level domain. */
function domainsOf(host: string): { domain?: string }[] {
  const labels = host.split('.')
  return [{}, ...labels.slice(0, -1).map((_, i) => ({ domain: labels.slice(i).join('.') }))]
}

/** Every place of such a cookie, but that of our own. */
export function strayPlaces({ publicUrl, path, domain }: Where): Place[] {
  const { hostname, pathname } = new URL(publicUrl)
  const paths = [...new Set([...pathsOf(pathname), ...pathsOf(path), ...pathsOf(pathname + path)])]
  return domainsOf(hostname)
    .flatMap((of) => paths.map((one) => ({ path: one, ...of })))
    .filter((place) => !(place.path === '/' && place.domain === domain))
}
