/** The server for auth-js follows the rotation that Supabase documents. */
import t from 'tap'
import { startPeer } from './peers/start-peer.ts'

t.test('it repeats an answer, and ends a session whose old token is used', async (t) => {
  const server = await startPeer(t, { file: 'supabase-model.mjs', tokenSeconds: 95 })
  const post = async (path: string, body: object): Promise<string> => {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    const response = await fetch(`${server.address}/auth/v1/${path}`, init)
    const { refresh_token, code } = (await response.json()) as { refresh_token?: string; code?: string }
    return refresh_token ?? code ?? ''
  }
  const refresh = (token: string) => post('token?grant_type=refresh_token', { refresh_token: token })

  const first = await post('signup', { email: 'ada@example.com', password: 'correct horse battery staple' })
  const second = await refresh(first)
  const third = await refresh(second)
  t.equal(new Set([first, second, third]).size, 3)
  t.equal(await refresh(first), third, 'within ten seconds')
  await server.setClock(20_000)
  t.equal(await refresh(second), third, 'the token before the active one')
  t.equal(await refresh(first), 'refresh_token_already_used')
  t.equal(await refresh(third), 'refresh_token_already_used')
  t.same(await server.outcomes(), { rotated: 2, repeated: 2, ended: 2 })
})
