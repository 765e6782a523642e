'use client'

import { useCallback, useRef, useState } from 'react'
import type { RegisterResult, SignInResult } from '../contract.ts'

type FactorRequired = Extract<SignInResult, { status: 'factor_required' }>

export type SignInFlow = {
  /** What the user must prove next. Null before the first answer, and after the last. */
  readonly owed: FactorRequired | null
  /** The error of the last step. Its message may be shown to the user. */
  readonly error: Error | null
  /** Whether a step is under way. */
  readonly isPending: boolean
  /**
   * Runs a step: `run(() => client.signIn(…))`, `run(() => client.signInWithFactor(…))`, or one with a passkey. Resolves with its result, or with
   * null if it failed. A step that another one has overtaken changes nothing here.
   */
  readonly run: <R extends SignInResult | RegisterResult>(step: () => Promise<R>) => Promise<R | null>
  /** Forgets the sign-in that is under way, so that the user can begin again. */
  readonly cancel: () => void
}

const idle = { owed: null, error: null, isPending: false }

/** A sign-in that may have several steps. After the last one, `useSession` has the user. */
export function useSignIn(): SignInFlow {
  const [state, setState] = useState<Pick<SignInFlow, 'owed' | 'error' | 'isPending'>>(idle)
  const newest = useRef(0)

  const run = useCallback<SignInFlow['run']>(async (step) => {
    const own = ++newest.current
    const isNewest = () => own === newest.current
    setState(({ owed }) => ({ owed, error: null, isPending: true }))
    try {
      const result = await step()
      if (isNewest()) setState({ ...idle, owed: result.status === 'factor_required' ? result : null })
      return result
    } catch (error) {
      // The server has forgotten the sign-in, so no other code can go on with it.
      const hasEnded = (error as { code?: unknown }).code === 'attempt_ended'
      if (isNewest()) {
        setState(({ owed }) => ({ owed: hasEnded ? null : owed, error: error as Error, isPending: false }))
      }
      return null
    }
  }, [])

  const cancel = useCallback(() => {
    newest.current++
    setState(idle)
  }, [])

  return { ...state, run, cancel }
}
