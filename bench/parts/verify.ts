/** Verifying a token, with each check, compared with others and with no verification. */
import { join } from 'node:path'
import { checkWhoami } from '../harness/check.ts'
import { inTurns, type Participant } from '../harness/rounds.ts'
import { ourEnvironment, type Server, startServer } from '../harness/server.ts'
import { fill } from '../harness/sessions.ts'
import { connections } from '../harness/settings.ts'
import { runRaw } from '../load/run-raw.ts'
import { runWrk } from '../load/wrk.ts'
import { type Found, ratioOf, toRows } from '../report/results.ts'
import type { Tools } from './part.ts'

// Five times as many tokens as the cache holds, in a circle, so that none is ever found there.
const coldTokens = 100_000
const warmTokens = [1, 100, 10_000]

type Contender = {
  readonly id: string
  readonly name: string
  readonly server: Server
  readonly path: string
  readonly guarded?: boolean
  /** The server whose credentials are sent. By default its own. */
  readonly asks?: Server
}

export async function measureVerify({ wrk, place }: Tools): Promise<Found> {
  const databaseUrl = await place.newDatabase({ migrated: true })
  await fill(databaseUrl, coldTokens)
  const settings = { ...ourEnvironment(databaseUrl), PUBLIC_URL: 'http://localhost:3000' }
  const ours = await startServer(place, 'servers/ours.ts', { ...settings, PROFILE: 'verify' })
  const logging = await startServer(place, 'servers/ours.ts', { ...settings, LOG_LEVEL: 'info' })
  const peer = async (entry: string, env: Record<string, string> = {}) =>
    startServer(place, `peers/${entry}.mjs`, { DATABASE_URL: await place.newDatabase(), ...env })

  const checks: Contender[] = [
    { id: 'none', name: 'no auth at all', server: ours, path: '/none/auth/whoami', guarded: false },
    { id: 'signature', name: 'ours, signature', server: ours, path: '/signature/auth/whoami' },
    { id: 'revocation', name: 'ours, revocation', server: ours, path: '/auth/whoami' },
    { id: 'session', name: 'ours, session', server: ours, path: '/session/auth/whoami' },
  ]
  const others: Contender[] = [
    { id: 'logging', name: 'ours, revocation, with a log line', server: logging, path: '/auth/whoami' },
    {
      id: 'bare',
      name: 'bare Fastify, no auth',
      server: await peer('bare'),
      path: '/whoami',
      guarded: false,
      asks: ours,
    },
    { id: 'jwt', name: '@fastify/jwt, HS256', server: await peer('fastify-jwt', { ALG: 'HS256' }), path: '/whoami' },
    { id: 'jwt-es', name: '@fastify/jwt, ES256', server: await peer('fastify-jwt', { ALG: 'ES256' }), path: '/whoami' },
    { id: 'classic', name: 'session in Postgres', server: await peer('session'), path: '/whoami' },
    { id: 'better', name: 'better-auth', server: await peer('better-auth'), path: '/whoami' },
    {
      id: 'better-cached',
      name: 'better-auth, cookie cache',
      server: await peer('better-auth', { CACHE: 'on' }),
      path: '/whoami',
    },
    { id: 'passport', name: 'express, passport-jwt', server: await peer('passport'), path: '/whoami' },
  ]

  const written = new Map<string, Promise<string>>()
  const credentialsOf = (server: Server, count: number): Promise<string> => {
    const name = `${new URL(server.url).port}-${count}.txt`
    const file = join(place.directory, name)
    const there = written.get(name) ?? server.credentials(count, file).then(() => file)
    written.set(name, there)
    return there
  }
  const contend = async (contender: Contender, count: number, cold = false): Promise<Participant> => {
    const { server, path, guarded = true, asks = server } = contender
    const file = await credentialsOf(asks, count)
    const url = server.url
    const load = { wrk, directory: place.directory, script: 'tokens', url, path, file, connections } as const
    return {
      ...contender,
      check: () => checkWhoami(url + path, file, { guarded }),
      run: (seconds) => runWrk({ ...load, seconds, stream: cold }),
    }
  }

  const found: Found[] = []
  for (const count of warmTokens) {
    console.log(`verify: ${count} tokens, warm`)
    const participants = [...checks, ...others].map((contender) => contend(contender, count))
    const measured = await inTurns(await Promise.all(participants))
    const group = `${count} tokens`
    const ratios = [
      ratioOf(measured, ['revocation', 'none'], { atLeast: 0.8 }),
      ratioOf(measured, ['revocation', 'classic'], { atLeast: 4 }),
      ratioOf(measured, ['revocation', 'better'], { atLeast: 10 }),
      ratioOf(measured, ['session', 'classic'], { atLeast: 1 }),
      ratioOf(measured, ['revocation', 'better-cached']),
      ratioOf(measured, ['revocation', 'jwt']),
      ratioOf(measured, ['revocation', 'passport']),
      ratioOf(measured, ['none', 'bare']),
      ratioOf(measured, ['logging', 'revocation']),
    ]
    found.push({
      rows: toRows(measured, group),
      ratios: ratios.map((one) => ({ ...one, name: `${one.name}; ${group}` })),
    })
  }

  console.log('verify: every request another token, cold')
  const cold = await Promise.all(checks.slice(1).map((contender) => contend(contender, coldTokens, true)))
  const file = await credentialsOf(ours, coldTokens)
  const raw = { id: 'raw', name: 'crypto.verify on one core', run: (s: number) => runRaw('verify', file, s) }
  const measured = await inTurns([...cold, raw])
  const ratios = [
    ratioOf(measured, ['signature', 'raw'], { atLeast: 0.7 }),
    ratioOf(measured, ['revocation', 'raw'], { atLeast: 0.7 }),
    ratioOf(measured, ['session', 'raw']),
  ]
  found.push({ rows: toRows(measured, 'cold'), ratios: ratios.map((one) => ({ ...one, name: `${one.name}; cold` })) })
  return { rows: found.flatMap(({ rows }) => rows), ratios: found.flatMap(({ ratios: each }) => each) }
}
