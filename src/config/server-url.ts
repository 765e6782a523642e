/** The address of a server that this one calls, with a user and a password in it. Messages about it never hold a part of it. */
import { z } from 'zod'

/**
 * Whether the address has one meaning. An unescaped `#`, `/`, `?` or `@` in a password ends it early for some readers, so that the rest of the
 * password is taken for a host, and is printed where the connection fails.
 */
function hasOneMeaning(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || url.hash !== '' || text.endsWith('#')) return false
  const [, authority = '', rest = ''] = /^[a-z]+:\/\/([^/?#]*)(.*)$/s.exec(text) ?? []
  if (authority.split('@').length > 2 || url.hostname.includes(',')) return false
  const [path = '', ...queries] = rest.split('?')
  if (path.includes('@') || queries.length > 1) return false
  const query = queries[0] ?? ''
  // A parameter may hold an `@`, such as user=ada@example. In the rest of a password it stands in front of a host.
  if (query.includes('@') && (path === '' || !/^[\w.-]+=/.test(query) || /@[^&]*\//.test(query))) return false
  return [url.username, url.password, url.hostname, url.pathname].every(canBeDecoded)
}

function canBeDecoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** The address of a server. Each scheme is such as `redis:`. */
export function serverUrl(...schemes: readonly string[]): z.ZodString {
  const forms = schemes.map((scheme) => `${scheme}//`)
  return z
    .string()
    .refine((text) => forms.some((form) => text.startsWith(form)), {
      error: `must be an address that begins with ${forms.join(' or ')}`,
      abort: true,
    })
    .refine(
      hasOneMeaning,
      `must be an address that can be read, such as ${forms[0]}user:password@host:port: each # @ / ? % in the user or the password must ` +
        'be percent-encoded (# is %23, @ is %40, / is %2F, ? is %3F, % is %25), and there may be one host only',
    )
}
