/** The form of an email address. It is stored as the user typed it, in NFKC, and compared without case. */
import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { text } from '../http/text.ts'

const longest = 254

/**
 * An address as a user may type it, with Unicode (RFC 6531), trimmed, at most 254 characters. It is normalised to NFKC, as `emailKey` does.
 * So mail goes to the mailbox that the key stands for, and no account can hold the key of another mailbox.
 */
export const email = text(longest)
  .trim()
  .overwrite((address) => address.normalize('NFKC'))
  .regex(z.regexes.unicodeEmail, { error: 'must be an email address', abort: true })
  .refine((address) => address.length <= longest && domainOf(fold(address)) !== '', 'must be an email address')
  .meta({ format: 'idn-email', examples: ['ada@example.com'] })

/** The longest key. In lower case a letter may become two, and the domain becomes ASCII. */
export const longestEmailKey = 2 * longest + 254

/**
 * The key of an address: the same for all its spellings. Mail always goes to the stored address and never to the one in a request, because
 * two spellings of one key may still be two mailboxes on some mail server.
 */
export function emailKey(address: string): string {
  const folded = fold(address)
  return `${folded.slice(0, folded.lastIndexOf('@'))}@${domainOf(folded)}`
}

/**
 * The prefix of the keys of all addresses that begin like this. A domain with other characters than ASCII must be complete, because its
 * ASCII form begins differently.
 */
export function emailPrefix(beginning: string): string {
  const folded = fold(beginning)
  const at = folded.lastIndexOf('@')
  const domain = folded.slice(at + 1)
  return at === -1 || isAscii(domain) ? folded : `${folded.slice(0, at)}@${domainOf(folded) || domain}`
}

const fold = (address: string) => address.normalize('NFKC').toLowerCase().normalize('NFKC')

const isAscii = (domain: string) => !/\P{ASCII}/u.test(domain)

// domainToASCII parses the host of a URL. It drops a path after a slash, decodes `%61`, and reads 163 as 0.0.0.163.
const hostName = /^[\p{L}\p{M}\p{N}.\u3002-]+$/u
const isNumber = /(^|\.)\d+$/

/** The domain in ASCII, or an empty string if no host can have such a name (RFC 1035 §2.3.4). */
function domainOf(folded: string): string {
  const domain = folded.slice(folded.lastIndexOf('@') + 1)
  const ascii = hostName.test(domain) ? domainToASCII(domain) : ''
  return ascii.length > 253 || isNumber.test(ascii) ? '' : ascii
}
