/** Email addresses: kept as typed, compared without case, width or composition. */
import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { text } from '../http/text.ts'

/** An address as a person may type it, Unicode included (RFC 6531), trimmed, at most 254 characters. */
export const email = text(254)
  .trim()
  .regex(z.regexes.unicodeEmail, 'must be an email address')
  .refine((address) => domainOf(fold(address)) !== '', 'must be an email address')
  .meta({ format: 'idn-email', examples: ['ada@example.com'] })

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
  if (!folded.includes('@')) return folded
  return `${folded.slice(0, folded.lastIndexOf('@'))}@${domainOf(folded) || folded.slice(folded.lastIndexOf('@') + 1)}`
}

const fold = (address: string) => address.normalize('NFKC').toLowerCase().normalize('NFKC')

const domainOf = (folded: string) => domainToASCII(folded.slice(folded.lastIndexOf('@') + 1))
