/** The address of this server, or of an app: an origin, and perhaps a path below which everything of it is. */
import { z } from 'zod'
import { parseUrl } from './parse-url.ts'

const longest = 100

// No percent sign, no empty segment, and no segment that begins with a dot. So a proxy and this server read the path in one way.
const plainPath = /^(?:\/[\w~-][\w.~-]*)*\/?$/

/** The address without a slash at its end, or undefined if it is not of this form. The host is in lower case, without its default port. */
export function parsePublicUrl(text: string): string | undefined {
  const url = parseUrl(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname.includes('*') || text.length > longest)
    return undefined
  const address = `${url.origin}${url.pathname}`.replace(/\/$/, '')
  return plainPath.test(url.pathname) && address === text.replace(/\/$/, '') ? address : undefined
}

/** The path of such an address, such as `/id`. It is empty if the address is an origin. */
export const publicPathOf = (address: string): string => new URL(address).pathname.replace(/\/$/, '')

export const publicUrl = z.string().transform((text, ctx) => {
  const address = parsePublicUrl(text)
  if (address !== undefined) return address
  ctx.addIssue(
    `must be an address of at most ${longest} characters, such as https://auth.example.com or https://example.com/id, ` +
      'whose path has only letters, digits, hyphens, dots, underscores and tildes',
  )
  return z.NEVER
})
