/** Signs users in with a passkey: alone, or as the second factor of a sign-in under way. Within a session, it is a recent sign-in. */
import type { Account } from '../../accounts/account-store.ts'
import { AppError } from '../../errors.ts'
import type { RequestContext } from '../../http/request-context.ts'
import type { Advance, SigninResult } from '../../signin/advance.ts'
import type { Client, Proof } from '../../signin/attempt.ts'
import type { Attempts, OpenedAttempt } from '../../signin/attempts.ts'
import type { ChallengeUse } from './challenge.ts'
import type { CheckPasskey } from './check-passkey.ts'
import type { UsedCredential } from './credential.ts'
import type { RequestOptions } from './options.ts'
import type { PasskeyStore } from './passkey-store.ts'
import type { Webauthn } from './webauthn.ts'

type Dependencies = {
  passkeys: Pick<PasskeyStore, 'listOf'>
  webauthn: Pick<Webauthn, 'requestOptions'>
  checkPasskey: CheckPasskey
  attempts: Pick<Attempts, 'open'>
  advance: Advance
}

export type UsePasskey = {
  /**
   * Options for a sign-in. Without an attempt the user chooses a passkey, which must verify the user. Ends in `attempt_ended`, or in `not_found`
   * if the user of the attempt has no passkey.
   */
  readonly signInOptions: (attempt: string | undefined, client: Client) => Promise<RequestOptions>
  /** A session, or what is owed. Ends as `CheckPasskey` and `Advance` do. */
  readonly signIn: (credential: UsedCredential, attempt: string | undefined, client: Client) => Promise<SigninResult>
  /** Options for a recent sign-in in this session. Ends in `not_found` if the user has no passkey. */
  readonly reauthenticationOptions: (principal: { userId: string; sessionId: string }) => Promise<RequestOptions>
  /** The proof within a session. Ends as `CheckPasskey` does. */
  readonly prove: (
    account: Pick<Account, 'id'>,
    credential: UsedCredential,
    where: { sessionId: string; context: RequestContext },
  ) => Promise<Proof>
}

const freely: ChallengeUse = { purpose: 'sign_in', binding: '' }
const within = (sessionId: string): ChallengeUse => ({ purpose: 'reauthenticate', binding: sessionId })
const inAttempt = ({ stored }: OpenedAttempt): ChallengeUse => ({
  purpose: 'second_factor',
  binding: stored.id.toString('base64url'),
})

export function createUsePasskey(dependencies: Dependencies): UsePasskey {
  const { passkeys, webauthn, checkPasskey, attempts, advance } = dependencies

  async function optionsOf(userId: string, use: ChallengeUse) {
    const allow = await passkeys.listOf(userId)
    // A list without an entry would mean that any passkey will do.
    if (allow.length === 0) throw new AppError('not_found')
    // The user has proven something else already. A PIN would be one thing more to do, and to forget.
    return webauthn.requestOptions({ use, allow, userVerification: 'discouraged' })
  }

  /** The user of an attempt that has its first proof. Before it, nothing may tell whether there is an account. */
  function userOf({ stored }: OpenedAttempt): string {
    if (stored.userId === null || stored.credentialVersion === null) throw new AppError('attempt_ended')
    return stored.userId
  }

  return {
    async signInOptions(token, client) {
      if (token === undefined)
        return webauthn.requestOptions({ use: freely, allow: undefined, userVerification: 'required' })
      const attempt = await attempts.open(token, client, { counts: false })
      return optionsOf(userOf(attempt), inAttempt(attempt))
    },

    async signIn(credential, token, client) {
      if (token === undefined) {
        const proof = await checkPasskey(credential, { use: freely, userId: undefined }, client.context)
        return advance({ goal: 'session', client, amr: [] }, proof)
      }
      const attempt = await attempts.open(token, client)
      const rule = { use: inAttempt(attempt), userId: userOf(attempt) }
      return advance(attempt, await checkPasskey(credential, rule, client.context))
    },

    reauthenticationOptions: ({ userId, sessionId }) => optionsOf(userId, within(sessionId)),

    prove: ({ id: userId }, credential, { sessionId, context }) =>
      checkPasskey(credential, { use: within(sessionId), userId }, context),
  }
}
