/** The cookies of one browser: by name, domain, path and partition, as RFC 6265bis §5.7 and CHIPS keep them. */
import type { Header } from './wire.ts'

type Kept = { name: string; value: string; host: string; hostOnly: boolean; path: string; partitioned: boolean }
type Page = { readonly host: string; readonly path: string }

const isWithin = (path: string, cookiePath: string) =>
  path === cookiePath || path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`)

export function createJar(): {
  /** Takes the Set-Cookie lines of an answer to a request for this host and path. */
  readonly take: (page: Page, lines: readonly string[]) => void
  /** The Cookie header that the browser sends to this host and path, or none. */
  readonly header: (page: Page) => Header[]
  /** The names of the cookies, each with its domain, its path, and whether it is partitioned. */
  readonly names: () => string[]
} {
  const kept = new Map<string, Kept>()
  return {
    take({ host }, lines) {
      for (const line of lines) {
        const [pair = '', ...attributes] = line.split('; ')
        const given = new Map(attributes.map((one) => [one.split('=')[0] ?? '', one.split('=')[1] ?? '']))
        const domain = given.get('Domain')
        // A browser refuses a cookie for a domain of another host.
        if (domain !== undefined && host !== domain && !host.endsWith(`.${domain}`)) continue
        const cookie: Kept = {
          name: pair.slice(0, pair.indexOf('=')),
          value: pair.slice(pair.indexOf('=') + 1),
          host: domain ?? host,
          hostOnly: domain === undefined,
          path: given.get('Path') ?? '/',
          partitioned: given.has('Partitioned'),
        }
        const key = [cookie.name, cookie.host, cookie.hostOnly, cookie.path, cookie.partitioned].join()
        if (given.get('Max-Age') === '0') kept.delete(key)
        else kept.set(key, cookie)
      }
    },

    header({ host, path }) {
      const sent = [...kept.values()]
        .filter((one) => (one.hostOnly ? host === one.host : `.${host}`.endsWith(`.${one.host}`)))
        .filter((one) => isWithin(path, one.path))
        .toSorted((a, b) => b.path.length - a.path.length)
      return sent.length === 0 ? [] : [['Cookie', sent.map(({ name, value }) => `${name}=${value}`).join('; ')]]
    },

    names: () =>
      [...kept.values()]
        .map(({ name, host, hostOnly, path, partitioned }) =>
          [name, hostOnly ? host : `.${host}`, path, ...(partitioned ? ['partitioned'] : [])].join(' '),
        )
        .toSorted(),
  }
}
