/** The clock of the server is wrong by minutes or an hour, in either direction, while it runs or at its start. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { call, refresh, register, untilServed, whoami } from '../setup/client.ts'
import { pause, timeUntil } from '../setup/denial.ts'
import { startNode } from '../setup/node.ts'
import { startServer } from '../setup/server-process.ts'
import { woundBy } from '../setup/wound-clock.ts'

t.setTimeout(290_000)

const second = 1000
const minute = 60 * second
const lifeMs = 600 * second
const looks = 2500

// Makes tokens with any time.
let shift = 0
const mint = await startNode(t, { clock: () => Date.now() + shift })
const right = await startNode(t, { databaseUrl: mint.databaseUrl })
const file = join(t.testdir(), 'clock')
const wind = (ms: number) => writeFileSync(file, String(ms))
const start = () =>
  startServer(
    { ...woundBy(file), DATABASE_URL: mint.databaseUrl, PUBLIC_URL: mint.config.publicUrl, LOG_LEVEL: 'error' },
    '/livez',
  )

async function tokenOf(issuedAgo: number): Promise<string> {
  shift = -issuedAgo
  const { access_token } = await register(mint.baseUrl)
  shift = 0
  return access_token
}

/** Tokens that are invalid for minutes from now on. */
const badTokens = async (): Promise<readonly [kind: string, token: string][]> => [
  ['expired 3 s ago', await tokenOf(lifeMs + 3 * second)],
  ['expired 9 minutes ago', await tokenOf(lifeMs + 9 * minute)],
  ['expired 50 minutes ago', await tokenOf(lifeMs + 50 * minute)],
  ['issued in 3 minutes', await tokenOf(-3 * minute)],
  ['issued in 9 minutes', await tokenOf(-9 * minute)],
  ['issued in 50 minutes', await tokenOf(-50 * minute)],
]
const user = await register(right.baseUrl)
const readiness = async (baseUrl: string) => (await call(`${baseUrl}/readyz`)).status

/** Checks repeatedly, and returns the tokens that the server wrongly accepts or refuses. */
async function mistakes(
  baseUrl: string,
  bad: Awaited<ReturnType<typeof badTokens>>,
  forMs: number,
): Promise<{ asked: number; wrong: string[] }> {
  const wrong = new Set<string>()
  let asked = 0
  for (const end = performance.now() + forMs; performance.now() < end; await pause(50)) {
    for (const [kind, token] of bad) if ((await whoami(baseUrl, token)).status !== 401) wrong.add(kind)
    if ((await whoami(baseUrl, user.access_token)).status !== 200) wrong.add('valid')
    asked += bad.length + 1
  }
  return { asked, wrong: [...wrong] }
}

/** The milliseconds until /readyz answers with this status. */
const until = (baseUrl: string, status: number) => timeUntil(async () => (await readiness(baseUrl)) === status)

for (const [name, offset] of [
  ['-10 min', -10 * minute],
  ['+10 min', 10 * minute],
  ['-1 h', -60 * minute],
  ['+1 h', 60 * minute],
] as const) {
  t.test(`the clock of the server is ${name}: no expired token is accepted, and none before its time`, async (t) => {
    wind(0)
    const bad = await badTokens()
    const running = await start()
    await until(running.baseUrl, 200)
    wind(offset)
    const [wound, notReadyMs] = await Promise.all([mistakes(running.baseUrl, bad, looks), until(running.baseUrl, 503)])
    t.same(wound.wrong, [], 'while it runs')
    t.match(await call(`${running.baseUrl}/readyz`), { status: 503, body: { code: 'not_ready' } })
    t.equal((await call(`${running.baseUrl}/livez`)).status, 200, 'not ready, and alive')
    wind(0)
    const [corrected, readyMs] = await Promise.all([
      mistakes(running.baseUrl, bad, looks / 2),
      until(running.baseUrl, 200),
    ])
    t.same(corrected.wrong, [], 'put right')
    t.ok(notReadyMs < 10_000 && readyMs < 10_000)
    running.child.kill('SIGKILL')
    await running.exited

    wind(offset)
    const started = await start()
    const fresh = await mistakes(started.baseUrl, bad, looks / 2)
    t.same(fresh.wrong, [], 'started so')
    await until(started.baseUrl, 503)
    const { refresh_token: token } = await register(right.baseUrl)
    const { body } = await untilServed(() => refresh(started.baseUrl, token))
    t.equal((await whoami(right.baseUrl, body.access_token)).status, 200, 'its own tokens are good elsewhere')
    started.child.kill('SIGKILL')
    await started.exited
    const asked = wound.asked + corrected.asked + fresh.asked
    t.comment(
      `clock ${name}: not ready after ${notReadyMs} ms, ready again after ${readyMs} ms; ${asked} tokens asked, 0 wrong`,
    )
  })
}
