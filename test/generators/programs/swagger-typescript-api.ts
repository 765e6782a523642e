/** swagger-typescript-api, with its client for fetch. */
import { Api, type SignedIn } from '../generated/swagger-typescript-api/api'
import { type Program, unknownAnswer } from './program'

export const program: Program = async ({ baseUrl, mode, email, password, fetch }) => {
  const { auth } = new Api({ baseUrl, customFetch: fetch })
  const headers = { 'X-Auth-Mode': mode }

  // This client throws an answer that is an error.
  const first = await auth.login({ email, password }, { headers })
  if (first.data.status !== 'signed_in') throw new Error(`owed: ${first.data.factors.join()}`)
  const next = await auth.refresh(refreshBody(first.data), { headers })
  const list = await auth.listSessions({ headers: headersOf(next.data) })

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
