/** Waits until the user has opened the link of a sign-in by mail on another device. */
import type { Client, SignInResult } from './contract.ts'
import { ApiError } from './errors.ts'

const pauseMs = 2000

/**
 * Asks until the user has entered the number at the link, and then signs in, or says what else the user owes. Rejects as `signInWithFactor` does,
 * with `attempt_ended` when the attempt is over, and with the reason of the signal when it stops. A request without an answer is repeated.
 */
export async function whenApproved(
  client: Pick<Client, 'api'>,
  { attempt, signal }: { attempt: string; signal?: AbortSignal },
): Promise<SignInResult> {
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await client.api.signInWithFactor({ attempt, method: 'email_link' })
    } catch (error) {
      const isOver = error instanceof ApiError && error.code !== 'approval_pending' && !error.retryable
      if (isOver) throw error
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pauseMs)
      signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
    })
  }
}
