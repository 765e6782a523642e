import type { ServerSession } from '@countersign/client/server'

declare global {
  namespace App {
    interface Locals {
      /** Null if nobody is signed in. `unknown` if Countersign cannot be reached. That is no sign-out. */
      session: ServerSession | null | 'unknown'
    }
  }
}
