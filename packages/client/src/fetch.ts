/** `fetch` with the access token or the cookies. */
import type { Access } from './access.ts'
import type { Mode } from './contract.ts'

type Dependencies = { mode: Mode; addresses: readonly URL[]; access: Access; fetch: typeof globalThis.fetch }

/** Rejects with TypeError for an address that may not get the token. */
export function createFetch({ mode, addresses, access, fetch }: Dependencies): typeof globalThis.fetch {
  const mayGetToken = ({ origin, pathname }: URL) =>
    addresses.some((address) => {
      const folder = address.pathname.replace(/\/$/, '')
      return origin === address.origin && (pathname === folder || pathname.startsWith(`${folder}/`))
    })

  return async function fetchWithSession(input, init) {
    const request = new Request(input, { ...init, ...(mode === 'cookie' && { credentials: 'include' }) })
    const url = new URL(request.url)
    if (!mayGetToken(url)) {
      throw new TypeError(`${url.origin}${url.pathname} is not in apiUrls, so it gets no access token.`)
    }
    if (mode === 'cookie' && !/^(GET|HEAD)$/.test(request.method)) request.headers.set('X-Auth-Mode', 'cookie')
    let next: Request | undefined = request.clone()
    return access.withAccess((held) => {
      const sent = next ?? request
      next = undefined
      if (mode === 'bearer' && held) sent.headers.set('Authorization', `Bearer ${held.record.accessToken}`)
      return fetch(sent)
    }, codeOf)
  }
}

/** The `code` of an answer that refuses the access token. It is read from a copy, because the app reads the answer too. */
async function codeOf(response: Response): Promise<string | undefined> {
  if (response.status !== 401) return undefined
  try {
    const { code } = (await response.clone().json()) as { code?: unknown }
    return typeof code === 'string' ? code : undefined
  } catch {
    return undefined
  }
}
