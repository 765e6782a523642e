/** What the client promises to apps: its options, its state, its events and its calls. */
import type { FactorRequired as Answer, Api, User } from './api/types.ts'
import type { TokenStorage } from './storage/token-storage.ts'

export type Mode = 'bearer' | 'cookie'

export type ClientOptions = {
  /** The PUBLIC_URL of Countersign, such as https://auth.example.com. */
  baseUrl: string
  /** `cookie` in browsers: no script can read the tokens. `bearer` in phones, desktop apps and command lines. */
  mode: Mode
  /**
   * Where the tokens of bearer mode are kept. Default: in memory, so that the session ends with the process. Cookie mode keeps no
   * tokens, and takes no storage.
   */
  storage?: TokenStorage
  /**
   * The addresses of your own APIs, such as https://api.example.com/v1. `fetch` sends the access token or the cookies to them and to
   * `baseUrl`, and to no other address. A request to another address is rejected with TypeError.
   */
  apiUrls?: readonly string[]
  /** Sends the requests. Default: the `fetch` of the runtime. */
  fetch?: typeof globalThis.fetch
}

/**
 * The state as the client knows it now. `unknown` lasts from the start until the first answer of the storage or the server. A user
 * who is signed in stays so while the network is away.
 */
export type ClientState =
  | { readonly status: 'unknown'; readonly user: null; readonly sessionId: null }
  | { readonly status: 'signed_out'; readonly user: null; readonly sessionId: null }
  | { readonly status: 'signed_in'; readonly user: User; readonly sessionId: string }

export type Change =
  | { readonly type: 'signed_in'; readonly state: ClientState }
  | { readonly type: 'refreshed'; readonly state: ClientState }
  | { readonly type: 'user_changed'; readonly state: ClientState }
  | { readonly type: 'signed_out'; readonly state: ClientState }
  /** No request reaches the server. The session goes on. */
  | { readonly type: 'offline'; readonly state: ClientState }
  /** Requests reach the server again. */
  | { readonly type: 'online'; readonly state: ClientState }

/** The user is signed in. */
export type SignedIn = {
  status: 'signed_in'
  user: User
  sessionId: string
  /** After a registration: send it to `api.verifyEmail` with the code of the mail. */
  verificationId?: string
  /** After a first factor was added during the sign-in. Show them once: each replaces a lost factor one time. */
  recoveryCodes?: string[]
}

/**
 * The user must prove more. Nothing is stored, and the state stays as it was. Any one of `factors` goes on: `api.signInWithFactor` for a code,
 * and `signInWithPasskey` of `@countersign/client/passkeys`. Where `enrolment` is there, the user adds one of its factors first.
 */
export type FactorRequired = {
  status: 'factor_required'
  attempt: string
  factors: Answer['factors']
  enrolment?: NonNullable<Answer['enrolment']>
  /** Sign-in by mail: show it. The user enters it if they open the link on another device. */
  number?: string
  /** Seconds until the attempt ends. */
  expiresIn: number
  verificationId?: string
}

export type SignInResult = SignedIn | FactorRequired

/** `accepted`: the server has sent a mail. The user opens its link, or enters its code with `verificationId`, and then signs in. */
export type RegisterResult = SignInResult | { status: 'accepted'; verificationId: string }

export type Client = {
  /**
   * Opens an account. With the server's SIGNUP=open the user is signed in. Rejects with ApiError, for example `email_taken`,
   * `invalid_request` or `signup_closed`, and with NetworkError.
   */
  register: (account: {
    email: string
    password: string
    name?: string
    remember?: boolean
    redirect_to?: string
  }) => Promise<RegisterResult>
  /**
   * Signs in, or says what the user owes. Rejects with ApiError, for example `invalid_credentials` or `rate_limited`, and with
   * NetworkError.
   */
  signIn: (credentials: { email: string; password: string; remember?: boolean }) => Promise<SignInResult>
  /**
   * Ends the session. In bearer mode the tokens are removed from this device first, even without a network. Rejects with
   * NetworkError if the server could not be told. In cookie mode the user is then still signed in, because only the server can remove the cookies.
   */
  signOut: () => Promise<void>
  /**
   * The session, or null. The first call asks the storage or the server; later calls answer from memory. Rejects with NetworkError
   * only in cookie mode, when the first request does not reach the server.
   */
  session: () => Promise<Extract<ClientState, { status: 'signed_in' }> | null>
  /** Reads the user from the server, or null without a session. Rejects with ApiError and NetworkError. */
  user: () => Promise<User | null>
  /**
   * As `fetch` of the runtime, with the access token or the cookies. Refreshes the session before it if the access token has expired.
   * Repeats the request once if the answer is a 401 that says so. Answers of the server are returned and not thrown. Rejects
   * with TypeError for an address that is not in `apiUrls`.
   */
  fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  /**
   * An access token that is valid for some seconds at least, for other connections than `fetch`, such as a WebSocket. Null without a
   * session. Rejects with TypeError in cookie mode, where no script can read it.
   */
  accessToken: () => Promise<string | null>
  /** Every call of a user's account, typed from the OpenAPI document. Rejects with ApiError and NetworkError. */
  readonly api: Api
  /** The state now, without a request. The same object until it changes. */
  state: () => ClientState
  /** Whether the last request reached the server. True before the first. While it is false and somebody listens, the client asks again. */
  isOnline: () => boolean
  /** Calls the listener after each change, also of other tabs. Returns a function that removes it. */
  onChange: (listener: (change: Change) => void) => () => void
  /** Removes the listeners of this client from the page. The session goes on. */
  close: () => void
}
