/** The names of the cookies. Their prefixes are rules that the browser enforces (RFC 6265bis §4.1.3). */
export type CookieKind = 'access' | 'refresh' | 'device' | 'attempt'

type Settings = { readonly publicUrl: string; readonly accessDomain?: string | undefined }

/**
 * The name of each cookie. Browsers refuse the prefixes on plain http, and cookies ignore ports, so there the name has the port: two
 * servers on localhost do not take each other's cookies. A cookie for a whole domain cannot have the prefix `__Host-`.
 */
export function cookieNames({ publicUrl, accessDomain }: Settings): (kind: CookieKind) => string {
  const { protocol, port } = new URL(publicUrl)
  if (protocol === 'http:') return (kind) => `${kind}-${port || '80'}`
  return (kind) => (kind === 'access' && accessDomain !== undefined ? '__Secure-access' : `__Host-Http-${kind}`)
}
