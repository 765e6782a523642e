/** An app with a client, for tests: its network can fail, and every request is counted. */
import type { Test } from 'tap'
import {
  type Change,
  type Client,
  type ClientOptions,
  createClient,
  type SignedIn,
  type SignInResult,
} from '../../../packages/client/src/index.ts'
import { password, register } from '../../setup/client.ts'
import { type Node, startNode } from '../../setup/node.ts'

export type Fault = 'lost request' | 'lost answer' | undefined

/** A network that fails as the test says. `onRequest` may wait before the request is sent. */
export function createNetwork() {
  const sent: string[] = []
  const faults = new Map<string, Fault[]>()
  const network = {
    sent,
    /** The faults of the next requests to this path, in order. */
    fail: (path: string, ...next: Fault[]) => faults.set(path, next),
    onAnswer: async (_path: string): Promise<void> => {},
    count: (path: string) => sent.filter((one) => one.endsWith(` ${path}`)).length,
    fetch: (async (input, init) => {
      const request = new Request(input, init)
      const { pathname } = new URL(request.url)
      sent.push(`${request.method} ${pathname}`)
      const fault = faults.get(pathname)?.shift()
      if (fault === 'lost request') throw new TypeError('fetch failed')
      const response = await fetch(request)
      await response.clone().text()
      await network.onAnswer(pathname)
      if (fault === 'lost answer') throw new TypeError('fetch failed')
      return response
    }) as typeof fetch,
  }
  return network
}

/** A client in bearer mode on a node. */
export function createApp(t: Pick<Test, 'teardown'>, node: Node, options: Partial<ClientOptions> = {}) {
  const network = createNetwork()
  const client = createClient({ baseUrl: node.baseUrl, mode: 'bearer', fetch: network.fetch, ...options })
  const changes: Change['type'][] = []
  client.onChange(({ type }) => changes.push(type))
  t.teardown(client.close)
  return { client, network, changes }
}

/** Resolves when the client tells of a change of this type. */
export function untilChange(client: Client, type: Change['type']): Promise<void> {
  return new Promise((resolve) => {
    const stop = client.onChange((change) => {
      if (change.type !== type) return
      stop()
      resolve()
    })
  })
}

/** A node, and the email of a user who can sign in. `expireTokens` moves the clock of the node by the life of an access token. */
export async function startWithUser(t: Pick<Test, 'teardown'>, env: Record<string, string> = {}) {
  let aheadMs = 0
  const node = await startNode(t, { env, clock: () => Date.now() + aheadMs })
  const { user } = await register(node.baseUrl)
  const expireTokens = () => void (aheadMs += 601_000)
  return { node, credentials: { email: user.email, password }, expireTokens }
}

/** The generation of the session's refresh token. It goes up with each rotation. */
export async function generationOf({ database }: Node, sessionId: string): Promise<number> {
  const { rows } = await database.pool.query('SELECT generation FROM sessions WHERE id = $1', [sessionId])
  return rows[0]?.generation
}

/** The result of a sign-in that needs no more proofs. */
export function signedIn(result: SignInResult): SignedIn {
  if (result.status !== 'signed_in') throw new Error(`the sign-in ended in ${result.status}`)
  return result
}
