'use client'

import type { ReactNode } from 'react'
import { useSession } from './use-session.ts'

/** Renders its children for a user who is signed in, `fallback` for one who is not, and nothing while that is not known. */
export function SignedIn({ children, fallback = null }: { children?: ReactNode; fallback?: ReactNode }): ReactNode {
  const { status } = useSession()
  if (status === 'unknown') return null
  return status === 'signed_in' ? children : fallback
}

/** Renders its children when nobody is signed in, and nothing while that is not known. */
export function SignedOut({ children }: { children?: ReactNode }): ReactNode {
  return useSession().status === 'signed_out' ? children : null
}
