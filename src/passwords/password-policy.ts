/**
 * What a new password must be: long enough, and none of those that are tried first. No composition rules (NIST SP 800-63B
 * §3.1.1.2).
 */
import { AppError } from '../errors.ts'
import { readCommonPasswords } from './common-passwords.ts'

const fold = (text: string) => text.normalize('NFKC').toLowerCase()

// Shorter ones stand in words by chance.
const shortestName = 3

/** The names in an address that a guesser would try: all that stands before the @, and of that what stands before a +. */
function namesIn(email: string): string[] {
  const name = fold(email).split('@').slice(0, -1).join('@')
  return [name, name.split('+')[0] ?? ''].filter((each) => Array.from(each).length >= shortestName)
}

export function createPasswordPolicy({ minLength }: { minLength: number }) {
  // Unpacked for the first who chooses a password.
  let common: ReadonlySet<string> | undefined

  const findFault = (password: string, email: string): string | undefined => {
    const folded = fold(password)
    if (Array.from(password.normalize('NFKC')).length < minLength) return `must have at least ${minLength} characters`
    common ??= readCommonPasswords()
    if (common.has(folded)) return 'must not be one of the passwords that everybody uses'
    if (namesIn(email).some((name) => folded.includes(name))) return 'must not contain the name in your email address'
    return undefined
  }

  /**
   * Ends in `invalid_request`, with an error at `path`, where the password is shorter, counted in characters, is among
   * the most common ones, or contains the local part of the person's address.
   */
  return function requireGoodPassword(password: string, email: string, path = '/password'): void {
    const message = findFault(password, email)
    if (message !== undefined) throw new AppError('invalid_request', { errors: [{ path, message }] })
  }
}

export type PasswordPolicy = ReturnType<typeof createPasswordPolicy>
