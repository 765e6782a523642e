'use client'

/** `@countersign/client/react`: the session of a client in React 18 and 19. */
export { useClient } from './context.ts'
export { CountersignProvider, type CountersignProviderProps } from './provider.ts'
export { SignedIn, SignedOut } from './show.ts'
export { type KnownSession, type Session, type SessionOptions, useSession, useUser } from './use-session.ts'
export { type SignInFlow, useSignIn } from './use-sign-in.ts'
