/** Reads and writes the Cookie header. */

export type Pair = { readonly name: string; readonly value: string }

export type SessionCookieNames = { readonly access: string; readonly refresh: string }

/** The names that the server gives to the cookies of a session, which depend on its address. */
export function sessionCookieNames(publicUrl: string, cookieDomain: string | undefined): SessionCookieNames {
  const { protocol, port } = new URL(publicUrl)
  if (protocol === 'http:') return { access: `access-${port || '80'}`, refresh: `refresh-${port || '80'}` }
  const access = cookieDomain === undefined ? '__Host-Http-access' : '__Secure-access'
  return { access, refresh: '__Host-Http-refresh' }
}

// Space and tab only, as browsers do. String.trim() also removes bytes that belong to a name.
const trim = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, '')

/** Every cookie, in order. Two may have the same name. */
export function parseCookies(header: string): Pair[] {
  return header.split(';').flatMap((part) => {
    const [name = '', ...value] = part.split('=')
    return trim(name) === '' ? [] : [{ name: trim(name), value: trim(value.join('=')) }]
  })
}

export const writeCookies = (pairs: readonly Pair[]): string =>
  pairs.map(({ name, value }) => `${name}=${value}`).join('; ')

/** The cookies of the session that a browser has after these lines. A line without a value removes the cookie of the other kind. */
export function sessionCookiesOf(setCookies: readonly string[], names: SessionCookieNames): Pair[] {
  const set = setCookies.flatMap((line) => parseCookies(line.split(';', 1)[0] ?? ''))
  return [names.access, names.refresh].flatMap((name) => set.findLast((one) => one.name === name && one.value) ?? [])
}
