/** Email addresses: kept as typed but for width and composition, compared without case. */
import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { text } from '../http/text.ts'

const longest = 254

/**
 * An address as a person may type it, Unicode included (RFC 6531), trimmed, at most 254 characters. In NFKC: where mail goes
 * is where `emailKey` says that it goes, so nobody can hold a key by an address that its owner's letters do not reach.
 */
export const email = text(longest)
  .trim()
  .overwrite((address) => address.normalize('NFKC'))
  .regex(z.regexes.unicodeEmail, { error: 'must be an email address', abort: true })
  .refine((address) => address.length <= longest && domainOf(fold(address)) !== '', 'must be an email address')
  .meta({ format: 'idn-email', examples: ['ada@example.com'] })

/** The longest key: the address, in which a letter may become two in lower case, with a domain in ASCII. */
export const longestEmailKey = 2 * longest + 254

/**
 * What every spelling of one address has in common. Mail always goes to the stored address, never to the one in a
 * request: two spellings that fold together here may still be two mailboxes somewhere.
 */
export function emailKey(address: string): string {
  const folded = fold(address)
  return `${folded.slice(0, folded.lastIndexOf('@'))}@${domainOf(folded)}`
}

/**
 * What the keys of addresses have in common that begin like this. A domain that is not all ASCII has to be written out, because
 * its form in a key does not begin as it does.
 */
export function emailPrefix(beginning: string): string {
  const folded = fold(beginning)
  const at = folded.lastIndexOf('@')
  const domain = folded.slice(at + 1)
  return at === -1 || isAscii(domain) ? folded : `${folded.slice(0, at)}@${domainOf(folded) || domain}`
}

const fold = (address: string) => address.normalize('NFKC').toLowerCase().normalize('NFKC')

const isAscii = (domain: string) => !/\P{ASCII}/u.test(domain)

// domainToASCII reads the host of a URL: it takes what follows a slash for a path, `%61` for a letter, and 163 for 0.0.0.163.
const hostName = /^[\p{L}\p{M}\p{N}.\u3002-]+$/u
const isNumber = /(^|\.)\d+$/

/** In ASCII; empty where no host can have such a name. RFC 1035 §2.3.4 */
function domainOf(folded: string): string {
  const domain = folded.slice(folded.lastIndexOf('@') + 1)
  const ascii = hostName.test(domain) ? domainToASCII(domain) : ''
  return ascii.length > 253 || isNumber.test(ascii) ? '' : ascii
}
