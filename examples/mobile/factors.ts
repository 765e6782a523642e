/** What a sign-in may ask for beside the password: a code of an authenticator app, a recovery code, or a code by mail. */
import type { FactorRequired, SignInResult } from '@countersign/client'
import { client } from './session.ts'

/** For the screen that asks for a code. Six digits are of the mail or the app, and anything else is a recovery code. */
export function proveByCode({ attempt, factors }: FactorRequired, typed: string): Promise<SignInResult> {
  const code = typed.trim()
  const digits = factors.includes('email_code') ? 'email_code' : 'totp'
  const method = /^\d{6}$/.test(code) ? digits : 'recovery_code'
  return client.api.signInWithFactor({ attempt, method, code })
}

/** For the button "Sign in by mail". The user may have another second factor, which the code of the mail then asks for. */
export const signInByMail = (email: string): Promise<SignInResult> => client.api.requestEmailSignIn({ email })

/** For the settings. `uri` opens an authenticator app on the same phone, and `secret` is for users who type it. */
export async function addApp() {
  const { id, uri, secret } = await client.api.beginTotp()
  return {
    uri,
    secret,
    /** The recovery codes come with the first factor. Show them once. */
    confirm: async (code: string) => (await client.api.confirmTotp({ id, code })).recovery_codes,
  }
}
