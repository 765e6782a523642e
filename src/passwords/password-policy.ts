/**
 * The policy for new passwords: a minimum length, and a list of refused ones that attackers try first. There are no composition rules
 * (NIST SP 800-63B §3.1.1.2).
 */
import { AppError } from '../errors.ts'
import { readCommonPasswords } from './common-passwords.ts'

const fold = (text: string) => text.normalize('NFKC').toLowerCase()

// Shorter names occur in words by chance.
const shortestName = 3

/** The names in an address that an attacker would try: the part before the @, and its part before a +. */
function namesIn(email: string): string[] {
  const name = fold(email).split('@').slice(0, -1).join('@')
  return [name, name.split('+')[0] ?? ''].filter((each) => Array.from(each).length >= shortestName)
}

/**
 * Ends in `invalid_request`, with an error at `path`, if the password has too few characters, is a common one, or contains the local part
 * of the address.
 */
export type PasswordPolicy = (password: string, email: string, path?: string) => void

export function createPasswordPolicy({ minLength }: { minLength: number }): PasswordPolicy {
  // The list is unpacked when it is first needed.
  let common: ReadonlySet<string> | undefined

  const findFault = (password: string, email: string): string | undefined => {
    const folded = fold(password)
    if (Array.from(password.normalize('NFKC')).length < minLength) return `must have at least ${minLength} characters`
    common ??= readCommonPasswords()
    if (common.has(folded)) return 'must not be one of the most common passwords'
    if (namesIn(email).some((name) => folded.includes(name))) return 'must not contain the name in your email address'
    return undefined
  }

  return function requireGoodPassword(password, email, path = '/password') {
    const message = findFault(password, email)
    if (message !== undefined) throw new AppError('invalid_request', { errors: [{ path, message }] })
  }
}
