/**
 * The policy for new passwords: a minimum length, and refusals of passwords that attackers try first. There are no composition rules
 * (NIST SP 800-63B §3.1.1.2).
 */
import { AppError } from '../errors.ts'
import { type FieldError, type FieldErrorCode, fieldError } from '../http/errors/field-error.ts'
import { readCommonPasswords } from './common-passwords.ts'
import { findPattern, type Pattern } from './predictable.ts'
import { namesOfHost } from './service-names.ts'

const fold = (text: string) => text.normalize('NFKC').toLowerCase()

// Shorter names occur in words by chance.
const shortestName = 3

/** The words in an address that an attacker would try. */
function wordsOf(email: string | null) {
  const [local = '', domain = ''] = fold(email ?? '').split(/@(?=[^@]*$)/)
  const long = (word: string) => Array.from(word).length >= shortestName
  return {
    /** The part before the @, and its part before a +. */
    names: [local, local.split('+')[0] ?? ''].filter(long),
    /** The words in the part before the @. */
    parts: local.split(/[^\p{L}\p{M}\p{N}]+/u).filter(long),
    domain: namesOfHost(domain),
  }
}

const codeOf: Readonly<Record<Pattern, FieldErrorCode>> = {
  words: 'password_service_name',
  season: 'password_season',
  sequence: 'password_sequence',
  repetition: 'password_repetition',
}

/**
 * Ends in `invalid_request`, with an error at `path`, if the password has too few characters, is a common one or easy to guess, or is
 * little more than a name of the service or of the address. The error has a code of its own, such as `password_common`. Without an address
 * (null), nothing is compared with it.
 */
export type PasswordPolicy = (password: string, email: string | null, path?: string) => void

type Rules = {
  minLength: number
  /** In lower case. */
  serviceNames: readonly string[]
}

export function createPasswordPolicy({ minLength, serviceNames }: Rules): PasswordPolicy {
  // The list is unpacked when it is first needed.
  let common: ReadonlySet<string> | undefined

  const findFault = (password: string, email: string | null, path: string): FieldError | undefined => {
    const folded = fold(password)
    const length = Array.from(password.normalize('NFKC')).length
    if (length < minLength) return fieldError(path, 'password_too_short', { min: minLength })
    const list = (common ??= readCommonPasswords())
    const isCommon = (text: string) => list.has(text)
    if (isCommon(folded)) return fieldError(path, 'password_common')
    const { names, parts, domain } = wordsOf(email)
    if (names.some((name) => folded.includes(name)) || findPattern(folded, parts, isCommon) === 'words') {
      return fieldError(path, 'password_contains_email')
    }
    const pattern = findPattern(folded, [...serviceNames, ...domain], isCommon)
    return pattern && fieldError(path, codeOf[pattern])
  }

  return function requireGoodPassword(password, email, path = '/password') {
    const fault = findFault(password, email, path)
    if (fault) throw new AppError('invalid_request', { errors: [fault] })
  }
}
