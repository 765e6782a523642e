/** What a storm needs of a client library and its server, so that several can be compared. */
import type { Page } from 'playwright-core'
import type { Test } from 'tap'

export type StormServer = {
  /** Where requests go now. It changes with a restart. */
  address: () => string
  /** Ends the process at once, as a crash does, and starts another. Resolves when the new one answers. */
  kill: () => Promise<void>
  /** Stops the process in order, and starts another. */
  restart: () => Promise<void>
  /** Lets a new key sign. Undefined if the server has no such thing. */
  rotateKeys?: () => Promise<void>
  /** Sets its clock this many milliseconds ahead of the true time. Undefined if the client counts the seconds of a token itself. */
  pass?: (elapsedMs: number) => Promise<void>
  /** How many refreshes the server has committed for the session of the user. */
  rotations: () => Promise<number>
  /** Ends the session on the server, so that every client must notice. */
  endSession: () => Promise<void>
}

export type Adapter = {
  name: string
  /** How long an access token is valid. */
  tokenMs: number
  /** `origin` is the address of the proxy, `appOrigin` that of the page. */
  start(t: Pick<Test, 'teardown'>, origin: string, appOrigin: string): Promise<StormServer>
  /** The JavaScript under `/client/` of the app's host. */
  readScript(path: string): Promise<string>
  isRefresh(method: string, url: string): boolean
  /**
   * Makes the client of a page, and sets `window.storm`. Each time the client says that the user is signed out, it calls
   * `window.reportSignOut()`.
   */
  open(page: Page, origin: string): Promise<void>
}

export type Answer = 'ok' | 'no answer' | 'refused'

declare global {
  interface Window {
    storm: {
      /** Opens the account, or signs in if it exists. */
      signIn(): Promise<void>
      /** Asks an API that needs an access token. */
      ask(): Promise<Answer>
      isSignedIn(): boolean
    }
    reportSignOut(): void
    clock: { elapsedMs: number; skewMs: number }
  }
}
