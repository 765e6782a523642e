/** The form of an email address. It is stored as the user typed it, in NFKC, and compared without case. */
import { z } from 'zod'
import { rule } from '../http/errors/field-error.ts'
import { text } from '../http/text.ts'
import { isLocalPart, mailDomain, showsItsForm } from './address-form.ts'

const longest = 254

const refused = { error: rule('invalid_email'), abort: true }

/**
 * An address as a user may type it, with Unicode (RFC 6531), trimmed, at most 254 characters. It is normalised to NFKC, as `emailKey` does.
 * So mail goes to the mailbox that the key stands for, and no account can hold the key of another mailbox. Refused are texts that look like
 * an address and are another one, and addresses that no mail reaches: see address-form.ts.
 */
export const email = text(longest)
  .refine(showsItsForm, refused)
  .trim()
  .overwrite((address) => address.normalize('NFKC'))
  .regex(z.regexes.unicodeEmail, refused)
  .refine(
    (address) => address.length <= longest && isLocalPart(localOf(address)) && domainOf(fold(address)) !== '',
    refused,
  )
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

const localOf = (address: string) => address.slice(0, address.lastIndexOf('@'))

/** The domain in ASCII, or an empty string if no mail can be sent to it. */
const domainOf = (folded: string): string => mailDomain(folded.slice(folded.lastIndexOf('@') + 1))
