/** Refreshing, compared with its one statement alone, which is the limit, and with others. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkRefresh, checkWhoami } from '../harness/check.ts'
import { inTurns, type Participant } from '../harness/rounds.ts'
import { ourEnvironment, startMain, startServer } from '../harness/server.ts'
import { fill, renew } from '../harness/sessions.ts'
import { rotateStatement } from '../load/statement.ts'
import { runWrk } from '../load/wrk.ts'
import { type Found, ratioOf, toRows } from '../report/results.ts'
import type { Tools } from './part.ts'
import { exchanger, firstToken, rotator, statementAlone } from './refreshers.ts'

const inTable = 100_000
const active = 10_000

async function filled({ place }: Tools): Promise<string> {
  const url = await place.newDatabase({ migrated: true })
  await fill(url, inTable)
  return url
}

export async function measureRefresh(tools: Tools): Promise<Found> {
  const { wrk, place } = tools
  const [own, bare, alone] = [await filled(tools), await filled(tools), await filled(tools)]
  const [prismaUrl, betterUrl] = [await place.newDatabase(), await place.newDatabase()]
  const servers = {
    ours: await startMain(place, { ...ourEnvironment(own), PROFILE: 'refresh' }),
    bare: await startServer(place, 'peers/rotate.mjs', { DATABASE_URL: bare, STATEMENT: await rotateStatement() }),
    prisma: await startServer(place, 'peers/prisma-refresh.mjs', { DATABASE_URL: prismaUrl }),
    better: await startServer(place, 'peers/better-auth.mjs', { DATABASE_URL: betterUrl, REFRESH: 'on' }),
  }
  const cookies = join(place.directory, 'better.txt')
  await servers.better.credentials(active, cookies)
  const betterLoad = {
    wrk,
    directory: place.directory,
    script: 'tokens',
    url: servers.better.url,
    path: '/whoami',
  } as const

  const participants = (clients: number): Participant[] => [
    rotator(
      tools,
      { id: 'ours', name: 'ours', server: servers.ours, path: '/auth/refresh', clients },
      { databaseUrl: own, inTable, active, tokenOf: firstToken },
    ),
    rotator(
      tools,
      { id: 'bare', name: 'bare Fastify, the statement', server: servers.bare, path: '/rotate', clients },
      { databaseUrl: bare, inTable, active, tokenOf: (number) => `${number}.0`, plain: true },
    ),
    statementAlone(tools, alone, clients),
    exchanger(tools, { id: 'prisma', name: 'plain Prisma', server: servers.prisma, path: '/refresh', clients }, active),
    {
      id: 'better',
      name: 'better-auth, session moved on',
      server: servers.better,
      run: (seconds) => runWrk({ ...betterLoad, file: cookies, seconds, connections: clients }),
    },
  ]

  await checkRefresh(`${servers.ours.url}/auth/refresh`, firstToken(inTable - 1))
  await renew(bare, [inTable - 1], { plain: true })
  await checkRefresh(`${servers.bare.url}/rotate`, `${inTable - 1}.0`, { spoil: () => `${inTable}.0` })
  const one = join(place.directory, 'one.txt')
  await servers.prisma.credentials(1, one)
  await checkRefresh(`${servers.prisma.url}/refresh`, (await readFile(one, 'utf8')).trim())
  await checkWhoami(`${servers.better.url}/whoami`, cookies)

  const found: Found[] = []
  // The largest number comes first, and warms all up.
  for (const clients of [64, 8, 1]) {
    console.log(`refresh: ${clients} clients`)
    const measured = await inTurns(participants(clients))
    const targets = clients === 64 ? [{ atLeast: 0.6 }, { atLeast: 5 }, { atLeast: 0.12 }] : []
    const ratios = [
      ratioOf(measured, ['ours', 'bare'], targets[0]),
      ratioOf(measured, ['ours', 'prisma'], targets[1]),
      ratioOf(measured, ['ours', 'pgbench'], targets[2]),
      ratioOf(measured, ['ours', 'better']),
    ].map((ratio) => ({ ...ratio, name: `${ratio.name}; ${clients} clients` }))
    found.unshift({ rows: toRows(measured, `${clients} clients`, 'refreshes/s'), ratios })
  }
  return { rows: found.flatMap(({ rows }) => rows), ratios: found.flatMap(({ ratios }) => ratios) }
}
