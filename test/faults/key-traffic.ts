/**
 * Clients that log in and refresh on every node, and send each access token to every verifier until it expires, with a record
 * of all outcomes.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { call, password, refresh, register, untilServed, whoami } from '../setup/client.ts'

/** A verifier of access tokens, which returns a status. */
export type Verifies = { readonly name: string; readonly ask: (token: string) => Promise<number> }

type Options = { nodes: readonly string[]; service: Verifies; users: number }
type Token = { readonly text: string; readonly kid: string; readonly expiresAt: number }

function readToken(text: string): Token {
  const [header = '', payload = ''] = text.split('.')
  const part = (segment: string) => JSON.parse(Buffer.from(segment, 'base64url').toString())
  return { text, kid: part(header).kid, expiresAt: part(payload).exp * 1000 }
}

export async function startTraffic({ nodes, service, users }: Options) {
  const stop = new AbortController()
  const stopping = stop.signal
  const underWay = new Set<Promise<void>>()
  const verifiers = [
    ...nodes.map((baseUrl, i) => ({
      name: `node ${i + 1}`,
      ask: async (token: string) => (await whoami(baseUrl, token)).status,
    })),
    service,
  ]
  const seen = {
    logins: 0,
    refreshes: 0,
    /** The number of access tokens that each verifier has checked. */
    uses: Object.fromEntries(verifiers.map(({ name }) => [name, 0])),
    /** Refused tokens whose key was revoked, or about to be. */
    denied: 0,
    /** Unexpected outcomes: a refused valid token, a server error, a lost session. */
    wrong: [] as string[],
    /** The times of the first and the latest token of each key. */
    signed: new Map<string, { firstAt: number; latest: Token }>(),
    /** When each key was first published by every node, and last by any node. */
    published: new Map<string, { everywhereAt?: number; nodes: Set<number>; lastAt: number }>(),
  }
  const revoked = new Set<string>()
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping }).catch(() => {})
  const anyNode = () => nodes[Math.floor(Math.random() * nodes.length)] ?? ''

  async function show(verifier: Verifies, { text, kid, expiresAt }: Token): Promise<void> {
    const status = await verifier.ask(text).catch((error: Error) => `${error.message}: ${String(error.cause)}`)
    seen.uses[verifier.name] = (seen.uses[verifier.name] ?? 0) + 1
    // All use the clock of this machine, so a token that has not expired now had not expired when it was checked.
    if (status === 200 || (status === 401 && Date.now() >= expiresAt)) return
    if (status === 401 && revoked.has(kid)) seen.denied++
    else seen.wrong.push(`${verifier.name} answers ${status} to a token of ${kid}`)
  }

  async function use(token: Token): Promise<void> {
    while (!stopping.aborted && Date.now() < token.expiresAt - 1000) {
      await Promise.all(verifiers.map((verifier) => show(verifier, token)))
      await pause(1000 + Math.random() * 1000)
    }
  }

  function begin(text: string): void {
    const token = readToken(text)
    const { firstAt } = seen.signed.get(token.kid) ?? { firstAt: Date.now() }
    seen.signed.set(token.kid, { firstAt, latest: token })
    const using = use(token).finally(() => underWay.delete(using))
    underWay.add(using)
  }

  async function live(email: string): Promise<void> {
    while (!stopping.aborted) {
      const login = await untilServed(() => call<TokenPair>(`${anyNode()}/auth/login`, { body: { email, password } }))
      seen.logins++
      let { status, body: pair } = login
      for (let i = 0; i < 10 && status === 200 && !stopping.aborted; i++) {
        begin(pair.access_token)
        await pause(200 + Math.random() * 400)
        const { refresh_token: held } = pair
        ;({ status, body: pair } = await untilServed(() => refresh(anyNode(), held)))
        seen.refreshes++
      }
      if (status !== 200) seen.wrong.push(`a login or a refresh answered ${status}`)
    }
  }

  /** Reads the published keys of each node repeatedly. */
  async function watch(baseUrl: string, node: number): Promise<void> {
    while (!stopping.aborted) {
      const { body } = await call<{ keys: { kid: string }[] }>(`${baseUrl}/.well-known/jwks.json`)
      for (const { kid } of body.keys) {
        const key = seen.published.get(kid) ?? { nodes: new Set(), lastAt: 0 }
        key.nodes.add(node)
        if (key.nodes.size === nodes.length) key.everywhereAt ??= Date.now()
        key.lastAt = Date.now()
        seen.published.set(kid, key)
      }
      await pause(200)
    }
  }

  const emails = Array.from({ length: users }, (_, i) => `traffic-${i}@example.com`)
  await Promise.all(emails.map((email) => register(anyNode(), email)))
  const failed = (error: Error) => void seen.wrong.push(`${error.message}: ${String(error.cause)}`)
  const running = [...emails.map(live), ...nodes.map(watch)].map((work) => work.catch(failed))

  return {
    seen,
    verifiers,

    /** From now on tokens of this key may be refused. */
    expectRevocation: (kid: string) => void revoked.add(kid),

    /** The newest token that this key has signed, once there is one. */
    async tokenOf(kid: string): Promise<Token> {
      for (;;) {
        const found = seen.signed.get(kid)?.latest
        if (found) return found
        await sleep(20)
      }
    },

    /** The key of the first token. */
    async firstKey(): Promise<string> {
      for (;;) {
        const [found] = seen.signed.keys()
        if (found !== undefined) return found
        await sleep(20)
      }
    },

    async stop(): Promise<void> {
      stop.abort()
      await Promise.all([...running, ...underWay])
    },
  }
}

export type Traffic = Awaited<ReturnType<typeof startTraffic>>
