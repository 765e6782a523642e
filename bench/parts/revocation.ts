/** How long another node accepts a token after its session has ended. */
import { setTimeout as sleep } from 'node:timers/promises'
import { post } from '../harness/post.ts'
import { ourEnvironment, startMain } from '../harness/server.ts'
import { rounds } from '../harness/settings.ts'
import type { Found } from '../report/results.ts'
import { spreadOf } from '../report/spread.ts'
import type { Tools } from './part.ts'

const logouts = 20 * rounds
const mostMs = 5000

export async function measureRevocation({ place }: Tools): Promise<Found> {
  const databaseUrl = await place.newDatabase({ migrated: true })
  const own = { ...ourEnvironment(databaseUrl), BCRYPT_COST: '10' }
  // Both nodes have the same issuer, so each accepts the tokens of the other.
  const one = await startMain(place, { ...own, PUBLIC_URL: 'http://localhost:3000' })
  const told = await startMain(place, { ...own, PUBLIC_URL: 'http://localhost:3000' })
  const looking = await startMain(place, { ...own, PUBLIC_URL: 'http://localhost:3000', REVOCATION_LISTEN: 'off' })
  const user = { email: 'ada@example.com', password: 'correct horse battery staple' }

  const statusAt = async (url: string, headers: Record<string, string>) => {
    const answer = await fetch(`${url}/auth/whoami`, { headers })
    await answer.arrayBuffer()
    return answer.status
  }
  await post(`${one.url}/auth/register`, user)

  /** The milliseconds from the response to the logout until the first 401 of another node. */
  const measure = async (url: string): Promise<number> => {
    const login = await post(`${one.url}/auth/login`, user)
    const { access_token: token } = (await login.json()) as { access_token: string }
    const headers = { authorization: `Bearer ${token}` }
    if ((await statusAt(url, headers)) !== 200) throw new Error('the other node does not know the token')
    // The logout comes at a random moment between two polls of the other node.
    await sleep(Math.random() * 200)
    const { status } = await post(`${one.url}/auth/logout`, undefined, headers)
    const from = performance.now()
    if (status !== 204) throw new Error(`logout is answered with ${status}`)
    while ((await statusAt(url, headers)) !== 401) {
      if (performance.now() - from > mostMs) throw new Error(`still let in after ${mostMs} ms`)
    }
    return performance.now() - from
  }

  const rows = []
  for (const [id, name, { url }] of [
    ['told', 'logout to 401 on another node', told],
    ['looking', 'the same without LISTEN', looking],
  ] as const) {
    console.log(`revocation: ${name}`)
    const took: number[] = []
    for (let i = 0; i < logouts; i++) took.push(await measure(url))
    rows.push({ id, name, group: 'two nodes', unit: 'ms', value: spreadOf(took) })
  }
  return {
    rows,
    ratios: [],
    notes: [`${logouts} logouts each; a request, a few tenths of a millisecond, is part of the figure.`],
  }
}
