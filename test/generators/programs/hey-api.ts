/** @hey-api/openapi-ts, with its client for fetch. */
import { listSessions, login, refresh, type SignedIn } from '../generated/hey-api'
import { createClient } from '../generated/hey-api/client'
import { type Program, unknownAnswer } from './program'

export const program: Program = async ({ baseUrl, mode, email, password, fetch }) => {
  const client = createClient({ baseUrl, fetch })
  const headers = { 'X-Auth-Mode': mode }

  const first = await login({ client, headers, body: { email, password } })
  if (!first.data) throw new Error(first.error.code)
  if (first.data.status !== 'signed_in') throw new Error(`owed: ${first.data.factors.join()}`)
  const next = await refresh({ client, headers, ...refreshBody(first.data) })
  if (!next.data) throw new Error(next.error.code)
  const list = await listSessions({ client, headers: headersOf(next.data) })
  if (!list.data) throw new Error(list.error.code)

  const { sessions } = list.data
  const current = sessions.filter((session) => session.current).length
  return { mode: next.data.mode, email: next.data.user.email, modes: sessions.map((one) => one.mode), current }
}

const refreshBody = (answer: SignedIn) =>
  answer.mode === 'bearer' ? { body: { refresh_token: answer.refresh_token } } : {}

function headersOf(answer: SignedIn): Record<string, string> {
  if (answer.mode === 'bearer') return { authorization: `${answer.token_type} ${answer.access_token}` }
  if (answer.mode !== 'cookie') return unknownAnswer(answer)
  // @ts-expect-error In cookie mode, the answer has no token.
  void answer.access_token
  return {}
}
