/** What a new password must be. No composition rules: length is what helps (NIST SP 800-63B §3.1.1.2). */
import { AppError } from '../errors.ts'

/** Ends in `invalid_request` with an error at /password where the password is shorter, counted in characters. */
export function createPasswordPolicy({ minLength }: { minLength: number }) {
  return function requireGoodPassword(password: string): void {
    if (Array.from(password.normalize('NFKC')).length >= minLength) return
    const message = `must have at least ${minLength} characters`
    throw new AppError('invalid_request', { errors: [{ path: '/password', message }] })
  }
}

export type PasswordPolicy = ReturnType<typeof createPasswordPolicy>
