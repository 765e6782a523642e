/**
 * The calls that replace the tokens of the session. Their old tokens stop working at once, so a lost answer would sign the user out. Each finds out
 * whether the server has done it.
 */
import type { PasswordChange, Reauthentication } from './api/types.ts'
import { ApiError, NetworkError } from './errors.ts'
import { retry } from './retry.ts'
import type { Send } from './send.ts'
import type { SignInAnswer } from './sign-in-result.ts'

type Dependencies = { send: Send; email: () => string | null | undefined }

const attempts = 3

export function createStepUps({ send, email }: Dependencies) {
  const post = (path: string, body: object, accessToken?: string) =>
    send('POST', path, { body, accessToken }) as Promise<SignInAnswer>

  return {
    /** A password may be sent again: each answer has new tokens. A code or a passkey works once, so the user must enter another one. */
    reauthenticate: (body: Reauthentication, accessToken?: string): Promise<SignInAnswer> =>
      retry({ attempts, afterNoAnswer: body.password !== undefined }, () =>
        post('/auth/reauthenticate', body, accessToken),
      ),

    async changePassword(body: PasswordChange, accessToken?: string): Promise<SignInAnswer> {
      let isLost = false
      const attempt = () =>
        post('/auth/password', body, accessToken).catch((error) => {
          isLost ||= error instanceof NetworkError
          throw error
        })
      try {
        return await retry({ attempts }, attempt)
      } catch (error) {
        const address = email()
        if (!isLost || !address || !(error instanceof ApiError && error.status === 401)) throw error
        // The change may have been made although its answer was lost. Then the new password signs in.
        return post('/auth/login', { email: address, password: body.new_password }).catch(() => {
          throw error
        })
      }
    },
  }
}
