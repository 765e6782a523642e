/**
 * Clients that register, refresh and log out without a pause, and a record of what the server has acknowledged, which must be
 * in the database afterwards.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { call, password, refresh, untilServed } from '../setup/client.ts'
import type { OwnPostgres } from '../setup/own-postgres.ts'

type User = { email: string; pair: TokenPair }
type Session = { generation: number; revoked_at: Date | null }

const generationOf = (pair: TokenPair) => Number(pair.refresh_token.split('.')[2])

/** A 503 or a lost connection. */
const isLater = (answer: { status: number } | undefined) => answer === undefined || answer.status === 503

export function createPeople(baseUrl: string) {
  const live = new Map<string, User>()
  const loggedOut = new Set<string>()
  const seen = { registered: 0, refreshed: 0, loggedOut: 0, later: 0, wrong: [] as string[] }
  let names = 0

  async function enter(): Promise<User | undefined> {
    const email = `person-${++names}@example.com`
    const answer = await call<TokenPair>(`${baseUrl}/auth/register`, { body: { email, password } }).catch(
      () => undefined,
    )
    if (isLater(answer)) return void seen.later++
    if (answer?.status !== 201) return void seen.wrong.push(`register answered ${answer?.status}`)
    seen.registered++
    const user = { email, pair: answer.body }
    live.set(user.pair.session_id, user)
    return user
  }

  async function renew(user: User): Promise<boolean> {
    const answer = await refresh(baseUrl, user.pair.refresh_token).catch(() => undefined)
    if (isLater(answer)) seen.later++
    else if (answer?.status !== 200) seen.wrong.push(`refresh answered ${answer?.status} ${answer?.body.code}`)
    else {
      seen.refreshed++
      user.pair = answer.body
      return true
    }
    return false
  }

  async function leave({ pair }: User): Promise<void> {
    const asked = { method: 'POST', token: pair.access_token }
    const answer = await call(`${baseUrl}/auth/logout`, asked).catch(() => undefined)
    // Only acknowledged requests count.
    live.delete(pair.session_id)
    if (isLater(answer)) seen.later++
    else if (answer?.status !== 204) seen.wrong.push(`logout answered ${answer?.status}`)
    else {
      seen.loggedOut++
      loggedOut.add(pair.session_id)
    }
  }

  async function lead(user: User, until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      const went = await renew(user)
      await sleep(went ? 10 : 50)
    }
  }

  /** Registers users, who soon log out. */
  async function comeAndGo(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      const user = await enter()
      if (user) await renew(user)
      if (user && Math.random() < 0.8) await leave(user)
      await sleep(user ? 10 : 50)
    }
  }

  return {
    seen,
    live,
    /** Whether every session can be refreshed. A user who is told to try again does so. */
    async everybodyGoesOn(): Promise<boolean> {
      const refreshed = [...live.values()].map(async (user) => {
        const { status, body } = await untilServed(() => refresh(baseUrl, user.pair.refresh_token))
        if (status === 200) user.pair = body
        return status === 200
      })
      return (await Promise.all(refreshed)).every(Boolean)
    },
    /** Registers users until there are this many. */
    async enter(howMany: number): Promise<void> {
      while (live.size < howMany) {
        await Promise.all(Array.from({ length: Math.min(howMany - live.size, 10) }, enter))
      }
    },
    /** All sessions refresh, and four other users log in and out, until the signal. */
    run: (until: AbortSignal) =>
      Promise.all([
        ...[...live.values()].map((user) => lead(user, until)),
        ...Array.from({ length: 4 }, () => comeAndGo(until)),
      ]),
    /** The acknowledged writes that are not in the database. */
    async lost(postgres: Pick<OwnPostgres, 'run'>): Promise<string[]> {
      const [rows = []] = await postgres.run('SELECT id, generation, revoked_at FROM sessions')
      const sessions = new Map<string, Session>(rows.map(({ id, ...session }) => [id, session]))
      const lost: string[] = []
      for (const [id, { pair }] of live) {
        const session = sessions.get(id)
        const told = generationOf(pair)
        if (!session) lost.push('an account with its session')
        else if (session.generation < told) lost.push(`${told - session.generation} rotations of one session`)
      }
      for (const id of loggedOut) if (!sessions.get(id)?.revoked_at) lost.push('a logout')
      return lost
    },
  }
}
