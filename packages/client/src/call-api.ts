/** Every call of the API as a function. */
import { type Access, refusalOfError } from './access.ts'
import { operations } from './api/operations.ts'
import type { Accepted, Api, User } from './api/types.ts'
import type { SignInResult } from './contract.ts'
import { retry } from './retry.ts'
import type { Send } from './send.ts'
import { resultOf, type SignInAnswer, type Tokens } from './sign-in-result.ts'
import { createStepUps } from './step-up.ts'

type Dependencies = {
  send: Send
  access: Access
  /** Runs a step that changes the tokens while no other tab does. */
  alone: <T>(work: () => Promise<T>) => Promise<T>
  keep: (answer: Tokens) => Promise<void>
  /** The token of this device, in bearer mode, once the server gave one. */
  deviceToken: () => Promise<string | null>
  email: () => string | null | undefined
  setUser: (user: User) => Promise<void>
  /** The session is over, if its id is this one. Without an id it is over in any case. */
  end: (sessionId?: string) => Promise<void>
}

type Input = Readonly<Record<string, string | number | boolean | null | undefined>>
type StepUp = (input: object, accessToken?: string) => Promise<SignInAnswer>
type Result = { value?: unknown; error?: unknown }

const attempts = 3

export function createApi({ send, access, alone, keep, deviceToken, email, setUser, end }: Dependencies): Api {
  const stepUps = createStepUps({ send, email: () => email() })

  async function kept(answer: Promise<SignInAnswer | Accepted>): Promise<SignInResult | Accepted> {
    const found = await answer
    if (found.status === 'accepted') return found
    if (found.status === 'signed_in') await keep(found)
    return resultOf(found)
  }

  async function call(name: string, input: Input): Promise<unknown> {
    const [method, path, isPublic, signsIn] = operations[name as keyof Api]
    const device = signsIn === 'device' ? await deviceToken() : null
    const rest: Record<string, Input[string]> = { ...(device !== null && { device_token: device }), ...input }
    let target = path.replace(/\{(\w+)\}/g, (_, member: string) => {
      const value = String(rest[member])
      delete rest[member]
      return encodeURIComponent(value)
    })
    const hasBody = method === 'POST' || method === 'PATCH'
    const query = new URLSearchParams()
    for (const [member, value] of Object.entries(hasBody ? {} : rest)) if (value != null) query.set(member, `${value}`)
    if (query.size > 0) target += `?${query}`
    const once = (accessToken?: string) =>
      retry({ attempts, afterNoAnswer: method === 'GET' }, () =>
        send(method, target, { accessToken, ...(hasBody && { body: rest }) }),
      )
    // A code or a challenge works once. If its answer is lost, the sign-in begins again.
    if (isPublic) return signsIn ? alone(() => kept(once() as Promise<SignInAnswer>)) : once()
    const stepUp = stepUps[name as keyof typeof stepUps] as StepUp | undefined
    const work = stepUp ? (token?: string) => alone(() => kept(stepUp(input, token))) : once
    const { value, error }: Result = await access.withAccess<Result>(
      (held) =>
        work(held?.record.accessToken).then(
          (found) => ({ value: found }),
          (thrown) => ({ error: thrown }),
        ),
      refusalOfError,
    )
    if (error !== undefined) throw error
    return value
  }

  const after: Record<string, (input: Input, answer: unknown) => Promise<void>> = {
    getMe: (_, answer) => setUser(answer as User),
    updateMe: (_, answer) => setUser(answer as User),
    deleteMe: () => end(),
    confirmTotp: async () => access.expire(),
    addPasskey: async () => access.expire(),
    removeFactor: async () => access.expire(),
    endSession: ({ id }) => end(String(id)),
    endSessions: async ({ scope }) => {
      if (scope === 'all') await end()
    },
  }

  const functions = Object.keys(operations).map((name) => [
    name,
    async (input: Input = {}) => {
      const answer = await call(name, input)
      await after[name]?.(input, answer)
      return answer
    },
  ])
  return Object.fromEntries(functions) as Api
}
