/**
 * The form of the parts of an address. An account must belong to one mailbox, and a person must see which. So characters that are not seen,
 * or that look like others, are refused, and so are forms that a mail server may read but no mail provider gives to a user.
 */
import { domainToASCII, domainToUnicode } from 'node:url'

// Invisible and directional characters, spaces other than at the ends, and characters without an assigned meaning.
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u2800]/u
const signsOf = (text: string) => text.replaceAll(/[^@.]/g, '')

/** Whether the text has no unseen character, and no character that NFKC turns into an at sign or a dot. */
export const showsItsForm = (text: string): boolean =>
  !unseen.test(text) && signsOf(text) === signsOf(text.normalize('NFKC'))

// A word of Latin letters with a Cyrillic or Greek one among them is made to be taken for another word (UTS 39 §5.1).
const latin = /\p{Script=Latin}/u
const similarToLatin = /[\p{Script=Cyrillic}\p{Script=Greek}]/u
const isMixed = (word: string) => latin.test(word) && similarToLatin.test(word)

// The atext of RFC 5322 §3.2.3, and letters, marks and numbers of all languages (RFC 6531 §3.3). Without quotes, comments and spaces.
const atom = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\p{L}\p{M}\p{N}-]+$/u
// RFC 5321 §4.5.3.1.1, in octets.
const longestLocalBytes = 64

/** Whether the part before the @ is atoms with single dots between them. */
export const isLocalPart = (local: string): boolean =>
  Buffer.byteLength(local) <= longestLocalBytes && local.split('.').every((part) => atom.test(part) && !isMixed(part))

// domainToASCII parses the host of a URL. It drops a path after a slash, decodes `%61`, reads 163 as 0.0.0.163, and takes an ideographic
// full stop for a dot, which no mail server does.
const hostName = /^[\p{L}\p{M}\p{N}.-]+$/u
// RFC 1035 §2.3.4
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const longestDomain = 253
const isNumber = /^\d+$/

/** The domain in ASCII (IDNA), or an empty string if no host can have such a name. `domain` is in lower case. */
export function mailDomain(domain: string): string {
  const ascii = hostName.test(domain) ? domainToASCII(domain) : ''
  const labels = ascii.split('.')
  const isHost =
    ascii.length <= longestDomain && labels.every((one) => label.test(one)) && !isNumber.test(labels.at(-1) ?? '')
  return isHost && !domainToUnicode(ascii).split('.').some(isMixed) ? ascii : ''
}
