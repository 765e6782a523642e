/** A browser with cookies in front of a server that renders pages, for tests. */
import type { Test } from 'tap'
import type { ServerSessionOptions } from '../../../packages/client/src/server/index.ts'
import { createServerSession } from '../../../packages/client/src/server/index.ts'
import { createVerifier } from '../../../packages/verify/src/index.ts'
import { password } from '../../setup/client.ts'
import type { Node } from '../../setup/node.ts'
import { createNetwork, startWithUser } from './app.ts'

export type Jar = Map<string, string>

export const headerOf = (jar: Jar): string => [...jar].map((pair) => pair.join('=')).join('; ')

/** Keeps Set-Cookie lines as a browser does. A removal of the partitioned cookie of that name removes nothing here. */
export function keep(jar: Jar, setCookies: readonly string[]): void {
  for (const line of setCookies) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    const isRemoval = /max-age=0/i.test(line)
    if (!isRemoval) jar.set(name, value)
    else if (!/partitioned/i.test(line)) jar.delete(name)
  }
}

/** Signs in as a browser of this site does. */
export async function signIn(node: Node, email: string): Promise<{ jar: Jar; sessionId: string }> {
  const response = await fetch(`${node.baseUrl}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-mode': 'cookie', origin: node.config.publicUrl },
    body: JSON.stringify({ email, password }),
  })
  const { session_id: sessionId } = (await response.json()) as { session_id: string }
  const jar: Jar = new Map()
  keep(jar, response.headers.getSetCookie())
  return { jar, sessionId }
}

/** A node whose tokens the test can expire, and a server that renders pages beside it. */
export async function startSite(t: Pick<Test, 'teardown'>, env: Record<string, string> = {}) {
  const { node, credentials, expireTokens } = await startWithUser(t, env)
  let aheadMs = 0
  const options = { issuer: node.config.publicUrl, url: node.baseUrl, allowHttp: true }
  const verifier = createVerifier({ ...options, clock: () => Date.now() + aheadMs })
  t.teardown(() => verifier.close())

  /** `network` counts the requests of this server. */
  function serve(more: Partial<ServerSessionOptions> = {}) {
    const network = createNetwork()
    const at = { baseUrl: node.config.publicUrl, url: node.baseUrl, fetch: network.fetch }
    return { readSession: createServerSession({ ...at, ...more }), network }
  }

  return {
    node,
    email: credentials.email,
    verifier,
    serve,
    signIn: () => signIn(node, credentials.email),
    expire() {
      expireTokens()
      aheadMs += 601_000
    },
  }
}
