/** openapi-typescript with openapi-fetch. */
import createClient from 'openapi-fetch'
import type { components, paths } from '../generated/openapi-typescript'
import { type Program, unknownAnswer } from './program'

type SignedIn = components['schemas']['SignedIn']

export const program: Program = async ({ baseUrl, mode, email, password, fetch }) => {
  const client = createClient<paths>({ baseUrl, fetch })
  const params = { header: { 'X-Auth-Mode': mode } }

  const login = await client.POST('/auth/login', { params, body: { email, password } })
  if (login.error) throw new Error(login.error.code)
  if (login.data.status !== 'signed_in') throw new Error(`owed: ${login.data.factors.join()}`)
  const refresh = await client.POST('/auth/refresh', { params, ...refreshBody(login.data) })
  if (refresh.error) throw new Error(refresh.error.code)
  const list = await client.GET('/auth/sessions', { headers: headersOf(refresh.data) })
  if (list.error) throw new Error(list.error.code)

  const { sessions } = list.data
  const current = sessions.filter((session) => session.current).length
  return { mode: refresh.data.mode, email: refresh.data.user.email, modes: sessions.map((one) => one.mode), current }
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
