/**
 * Sign-ins of several requests. The client gets an opaque token, the `attempt`. In cookie mode the browser gets a cookie too, so that a
 * token that was copied from one browser is of no use in another.
 */
import type { Account } from '../accounts/account-store.ts'
import { AppError } from '../errors.ts'
import { createOneTimeToken, oneTimeTokenHash } from '../tokens/one-time-token.ts'
import type { Client, SigninAttempt } from './attempt.ts'
import type { AttemptStore, ByMail, OpenAttempt } from './attempt-store.ts'
import type { Owed } from './policy.ts'

/** How long an attempt lasts. */
export const attemptSeconds = 600
/** So many wrong codes end an attempt. */
const mostTries = 5

/** What the client must know to go on. */
export type Required = Owed & {
  readonly attempt: string
  /** Cookie mode: the value of the cookie that goes with it. Undefined if the browser has it already. */
  readonly binding?: string | undefined
  readonly expiresIn: number
}

export type OpenedAttempt = SigninAttempt & {
  readonly stored: NonNullable<SigninAttempt['stored']>
  readonly number: number | null
  readonly approvedAt: Date | null
}

type Begun = Pick<Required, 'attempt' | 'binding' | 'expiresIn'>

export type Attempts = {
  /**
   * Stores an attempt. `account` is undefined before the first proof. `use` gives the token to another thing that has the same secret, such as
   * the code in a mail. `byMail` is what a user sees before they approve the attempt elsewhere.
   */
  readonly begin: (
    attempt: Omit<SigninAttempt, 'stored'>,
    account: Account | undefined,
    use?: { readonly token: string; readonly hash: Buffer; readonly byMail?: ByMail | undefined },
  ) => Promise<Begun>
  /**
   * The attempt of this client. It counts a try unless `counts` is false. Ends in `attempt_ended` if the attempt is unknown, has expired, was
   * tried five times, or belongs to another browser or another mode.
   */
  readonly open: (token: string, client: Client, options?: { readonly counts?: boolean }) => Promise<OpenedAttempt>
}

export function createAttempts({ store }: { store: AttemptStore }): Attempts {
  return {
    async begin({ goal, client, amr }, account, use = { ...createOneTimeToken(), byMail: undefined }) {
      const { mode, remembered } = client
      const binding = mode === 'cookie' ? bindingOf(client) : undefined
      const sessionId = goal === 'session' ? undefined : goal.renews.sessionId
      const row = { amr, sessionId, mode, remembered, lifeSeconds: attemptSeconds }
      await store.insert({ ...row, id: use.hash, account, bindingHash: binding?.hash, byMail: use.byMail })
      return { attempt: use.token, binding: binding?.token, expiresIn: attemptSeconds }
    },

    async open(token, client, { counts = true } = {}) {
      const id = oneTimeTokenHash(token)
      // The browser is compared before a try is counted, so that another one cannot use the tries up.
      const found = id && (await store.find(id))
      if (!id || !found || !belongsTo(found, client)) throw new AppError('attempt_ended')
      const open = counts ? await store.countTry(id, mostTries) : found
      if (!open) throw new AppError('attempt_ended')
      const { userId, credentialVersion, sessionId, before } = open
      return {
        goal: sessionId === null ? 'session' : { renews: { sessionId, before: before ?? [] } },
        client: { ...client, remembered: open.remembered },
        amr: open.amr,
        stored: { token, id, userId, credentialVersion, secondsLeft: open.secondsLeft },
        number: open.number,
        approvedAt: open.approvedAt,
      }
    },
  }
}

/** The secret that the browser has already, so that sign-ins in two tabs do not end each other. Else a new one. */
function bindingOf({ binding: token = '' }: Client): { readonly token: string; readonly hash: Buffer } {
  const hash = oneTimeTokenHash(token)
  return hash ? { token, hash } : createOneTimeToken()
}

function belongsTo({ mode, bindingHash }: OpenAttempt, client: Client): boolean {
  if (mode !== client.mode) return false
  if (bindingHash === null) return mode === 'bearer'
  return oneTimeTokenHash(client.binding ?? '')?.equals(bindingHash) ?? false
}
