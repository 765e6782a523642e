/** Other clients, each with a server. See test/clients/peers. */
/// <reference lib="dom" />
import { bundle, startPeer } from '../peers/start-peer.ts'
import type { Adapter, Answer } from './adapter.ts'

type PeerPage = {
  open: (baseUrl: string) => Promise<{
    signUp: (account: Account) => Promise<void>
    signIn: (account: Account) => Promise<void>
    ask: () => Promise<Answer>
    isSignedIn: () => boolean
  }>
}
type Account = { email: string; password: string }

type Peer = {
  name: string
  server: string
  page: string
  tokenSeconds: number
  isRefresh: Adapter['isRefresh']
  /** The outcome that is a rotation, or what comes nearest to one. */
  rotation: string
  /** The statement that ends the session. */
  end: string
}

const adapt = ({ name, server: file, page: pageFile, tokenSeconds, isRefresh, rotation, end }: Peer): Adapter => ({
  name,
  tokenMs: tokenSeconds * 1000,
  isRefresh,

  async start(t, origin, appOrigin) {
    const server = await startPeer(t, { file, tokenSeconds, publicUrl: origin, appOrigin })
    return {
      address: () => server.address,
      kill: () => server.replace('SIGKILL'),
      restart: () => server.replace('SIGTERM'),
      pass: server.setClock,
      rotations: async () => (await server.outcomes())[rotation] ?? 0,
      endSession: () => server.execute(end),
    }
  },

  readScript: () => bundle(pageFile),

  open: (page, origin) =>
    page.evaluate(async (baseUrl) => {
      const { open } = (await import(new URL('/client/peer.js', location.href).href)) as PeerPage
      const account = { email: 'ada@example.com', password: 'correct horse battery staple' }
      const { signUp, signIn, ask, isSignedIn } = await open(baseUrl)
      window.storm = { signIn: () => signUp(account).catch(() => signIn(account)), ask, isSignedIn }
    }, origin),
})

/** auth-js refreshes when a token has 90 seconds left. With 95 seconds it does so after five. */
export const authJs = adapt({
  name: '@supabase/auth-js',
  server: 'supabase-model.mjs',
  page: 'supabase-page.mjs',
  tokenSeconds: 95,
  isRefresh: (method, url) => method === 'POST' && url.endsWith('grant_type=refresh_token'),
  rotation: 'rotated',
  end: 'UPDATE refresh_tokens SET used_at = now() WHERE used_at IS NULL',
})

/** better-auth asks its server each time. After five seconds the server looks into its database, and prolongs the session. */
export const betterAuth = adapt({
  name: 'better-auth/client',
  server: 'better-auth-server.mjs',
  page: 'better-auth-page.mjs',
  tokenSeconds: 5,
  isRefresh: (method, url) => method === 'GET' && url.endsWith('/get-session'),
  rotation: 'prolonged',
  end: 'DELETE FROM "session"',
})
