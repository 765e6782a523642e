/** A login compared with the hash alone, and the effect of many logins on the verification of tokens. */
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { post } from '../harness/post.ts'
import { inTurns, type Participant } from '../harness/rounds.ts'
import { ourEnvironment, startMain } from '../harness/server.ts'
import { seconds } from '../harness/settings.ts'
import { runRaw } from '../load/run-raw.ts'
import { runWrk } from '../load/wrk.ts'
import { type Found, ratioOf, toRows } from '../report/results.ts'
import type { Tools } from './part.ts'

const cost = 12
// For each login under way one waits, so there is always a next one, and never too many.
const clients = 2 * availableParallelism()
// A hash takes a fifth of a second, so the last one of a short turn would cause most of the noise.
const length = Math.max(6, seconds)

export async function measureLogin({ wrk, place }: Tools): Promise<Found> {
  const env = { ...ourEnvironment(await place.newDatabase({ migrated: true })), BCRYPT_COST: String(cost) }
  const server = await startMain(place, env)
  const user = { email: 'ada@example.com', password: 'correct horse battery staple' }
  const registered = await post(`${server.url}/auth/register`, user)
  const { access_token: token } = (await registered.json()) as { access_token: string }
  const wrong = await post(`${server.url}/auth/login`, { ...user, password: 'a wrong one, by far' })
  if (wrong.status !== 401) throw new Error(`a wrong password is answered with ${wrong.status}`)

  const [bodies, tokens] = [join(place.directory, 'login.json'), join(place.directory, 'login-token.txt')]
  await writeFile(bodies, JSON.stringify(user))
  await writeFile(tokens, `Authorization: Bearer ${token}\n`)
  const load = { wrk, directory: place.directory, url: server.url } as const
  const logins = (during: number) =>
    runWrk({ ...load, script: 'post', path: '/auth/login', file: bodies, seconds: during, connections: clients })
  const whoami = (during: number) =>
    runWrk({ ...load, script: 'tokens', path: '/auth/whoami', file: tokens, seconds: during, connections: 1 })

  const hashing: Participant[] = [
    { id: 'login', name: 'ours, login', server, run: logins },
    { id: 'hash', name: 'bcrypt alone, on the same cores', run: (during) => runRaw('hash', String(cost), during) },
  ]
  console.log('login')
  const measured = await inTurns(hashing, length)
  const storm = async (during: number) => {
    const [sample] = await Promise.all([whoami(during), logins(during)])
    return sample
  }
  console.log('login: verification meanwhile')
  const asking: Participant[] = [
    { id: 'calm', name: 'whoami, one client, nothing else', server, run: whoami },
    { id: 'storm', name: 'whoami, one client, during logins', server, run: storm },
  ]
  const waiting = await inTurns(asking, length)
  const ratios = [ratioOf(measured, ['login', 'hash'], { atLeast: 0.95 }), ratioOf(waiting, ['storm', 'calm'])]
  return { rows: [...toRows(measured, `cost ${cost}`, 'a second'), ...toRows(waiting, 'verification')], ratios }
}
