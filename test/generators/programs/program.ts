/** What each program does with the client of its generator: it signs in, refreshes, and lists the sessions of the user. */
export type Given = {
  baseUrl: string
  mode: 'bearer' | 'cookie'
  email: string
  password: string
  /** Behaves as a browser in cookie mode: it keeps the cookies, and names the origin of its page. */
  fetch: typeof fetch
}
export type Outcome = { mode: 'bearer' | 'cookie'; email: string | null; modes: readonly string[]; current: number }
export type Program = (given: Given) => Promise<Outcome>

/** Reached only if a kind of answer is not handled: then this call does not compile. */
export function unknownAnswer(answer: never): never {
  throw new Error(`unknown answer ${JSON.stringify(answer)}`)
}
