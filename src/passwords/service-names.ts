/** The names of this service, which attackers try first: its hosts, the name in its mails, and the name of this program. */
import { isIP } from 'node:net'
import { domainToUnicode } from 'node:url'

const program = 'countersign'
// Shorter labels, such as `id` and `api`, occur in words by chance.
const shortest = 4

/** The host, and each of its labels but the last: `auth.example.com` gives also `auth` and `example`. */
export function namesOfHost(host: string): string[] {
  if (isIP(host.replaceAll(/[[\]]/g, '')) !== 0) return []
  const labels = domainToUnicode(host).split('.')
  const ends = labels.slice(0, -1).map((_, start) => labels.slice(start).join('.'))
  return [...ends, ...(labels.length > 1 ? labels.slice(0, -1) : labels)].filter((name) => name.length >= shortest)
}

type Settings = { publicUrl: string; appUrl?: string | undefined; mailFrom: string }

/** The names in lower case, each once. The sender of mails is `Name <address>` or an address. */
export function serviceNames({ publicUrl, appUrl, mailFrom }: Settings): string[] {
  const hosts = [publicUrl, ...(appUrl === undefined ? [] : [appUrl])].map((url) => new URL(url).hostname)
  const sender = /^([^<@]*)</.exec(mailFrom)?.[1]?.replaceAll('"', '').trim().normalize('NFKC').toLowerCase() ?? ''
  const ofSender = [sender, sender.replaceAll(/\s/g, ''), ...sender.split(/\s+/)].filter(
    (name) => name.length >= shortest,
  )
  return [...new Set([program, ...hosts.flatMap(namesOfHost), ...ofSender])]
}
