/** orval, with its client for fetch. */
import { listSessions, login, refresh, type SignedIn } from '../generated/orval'
import { useServer } from './orval-fetch'
import { type Program, unknownAnswer } from './program'

export const program: Program = async ({ baseUrl, mode, email, password, fetch }) => {
  useServer(baseUrl, fetch)
  const headers = { 'X-Auth-Mode': mode }

  const first = await login({ email, password }, { headers })
  if (first.status !== 200) throw new Error(first.data.code)
  if (first.data.status !== 'signed_in') throw new Error(`owed: ${first.data.factors.join()}`)
  const next = await refresh(refreshBody(first.data), { headers })
  if (next.status !== 200) throw new Error(next.data.code)
  const list = await listSessions({ headers: headersOf(next.data) })
  if (list.status !== 200) throw new Error(list.data.code)

  const { sessions } = list.data
  const current = sessions.filter((session) => session.current).length
  return { mode: next.data.mode, email: next.data.user.email, modes: sessions.map((one) => one.mode), current }
}

const refreshBody = (answer: SignedIn) =>
  answer.mode === 'bearer' ? { refresh_token: answer.refresh_token } : undefined

function headersOf(answer: SignedIn): Record<string, string> {
  if (answer.mode === 'bearer') return { authorization: `${answer.token_type} ${answer.access_token}` }
  if (answer.mode !== 'cookie') return unknownAnswer(answer)
  // @ts-expect-error In cookie mode, the answer has no token.
  void answer.access_token
  return {}
}
