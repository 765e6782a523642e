/** Clients that log in behind a proxy, one request at a time each, and the figures of their logins. */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export type Login = {
  readonly email: string
  readonly password: string
  readonly device?: string | undefined
  /** The address that the proxy tells of. */
  readonly from: string
}
/** `code` is the error code of a failure. */
export type Outcome = { readonly status: number; readonly code: string | undefined; readonly tookMs: number }

const agent = new Agent({ keepAlive: true, maxSockets: 1024 })

export function logIn(baseUrl: string, { email, password, device, from }: Login): Promise<Outcome> {
  const began = performance.now()
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': from }
  const body = JSON.stringify({ email, password, ...(device === undefined ? {} : { device_token: device }) })
  return new Promise((resolve, reject) => {
    const asked = request(`${baseUrl}/auth/login`, { method: 'POST', agent, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part) => (text += part))
      answer.once('end', () => {
        const { code } = JSON.parse(text) as { code?: string }
        resolve({ status: answer.statusCode ?? 0, code, tookMs: performance.now() - began })
      })
    })
    asked.once('error', reject).end(body)
  })
}

/** Clients that log in again and again, and pause after a refusal. `stop` ends them, and returns their number of logins by outcome. */
export function startFlood(baseUrl: string, clients: number, next: (client: number) => Login, pauseMs = 400) {
  const stopping = new AbortController()
  const counts: Record<string, number> = {}
  const all = Array.from({ length: clients }, async (_, client) => {
    while (!stopping.signal.aborted) {
      const { status, code = 'succeeded' } = await logIn(baseUrl, next(client))
      counts[code] = (counts[code] ?? 0) + 1
      if (status >= 429) await sleep(pauseMs)
    }
  })
  return {
    async stop(): Promise<Readonly<Record<string, number>>> {
      stopping.abort()
      await Promise.all(all)
      return counts
    },
  }
}

/** Logs in this many times, with a pause between two logins, and never tries again. */
export async function logInOften(baseUrl: string, login: Login, times: number, pauseMs = 300) {
  const outcomes: Outcome[] = []
  for (let i = 0; i < times; i++) {
    outcomes.push(await logIn(baseUrl, login))
    await sleep(pauseMs)
  }
  const took = outcomes.map(({ tookMs }) => tookMs).toSorted((one, other) => one - other)
  const at = (q: number) => Math.round(took[Math.min(took.length - 1, Math.floor(q * took.length))] ?? Number.NaN)
  const failures = outcomes.flatMap(({ code }) => (code === undefined ? [] : [code]))
  return { succeeded: times - failures.length, failures, p50: at(0.5), p95: at(0.95) }
}
