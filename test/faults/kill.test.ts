/** kill -9 at any moment of a rotation: a client that repeats the request with its last token is never logged out. */
import t from 'tap'
import { type Registered, refresh, register, untilServed } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { startServer } from '../setup/server-process.ts'
import { row } from '../setup/sessions.ts'

t.setTimeout(600_000)

const rounds = Number(process.env['KILL_ROUNDS'] ?? 12)
const clients = 8

t.test(`${rounds} kills under ${clients} clients`, { timeout: 600_000 }, async (t) => {
  const survivor = await startNode(t)
  const start = () => startServer({ DATABASE_URL: survivor.databaseUrl, PUBLIC_URL: survivor.config.publicUrl })
  const renew = ({ refresh_token: token }: Registered) => untilServed(() => refresh(survivor.baseUrl, token))
  let held = await Promise.all(Array.from({ length: clients }, () => register(survivor.baseUrl)))
  const seen = { answered: 0, cut: 0, moved: 0 }
  let loggedOut = 0
  let twoLive = 0
  let next = start()

  for (let round = 0; round < rounds; round++) {
    const victim = await next
    next = round + 1 < rounds ? start() : next
    const before = await Promise.all(held.map(({ session_id }) => row(survivor, session_id)))
    const requests = held.map((pair) => refresh(victim.baseUrl, pair.refresh_token).catch(() => undefined))
    // At once in the first round, at the first response in the second one, and then at any moment.
    if (round === 1) await Promise.race(requests)
    if (round > 1) await new Promise((resolve) => setTimeout(resolve, Math.random() * 120))
    victim.child.kill('SIGKILL')
    const answers = await Promise.all(requests)
    await victim.exited

    held = await Promise.all(
      held.map(async (pair, i): Promise<Registered> => {
        const answer = answers[i]
        if (answer) seen.answered++
        else seen.cut++
        const { generation } = await row(survivor, pair.session_id)
        if (!answer && generation > before[i].generation) seen.moved++
        const last = answer?.status === 200 ? answer.body : pair
        const retried = await renew(last)
        if (retried.status !== 200) {
          loggedOut++
          t.fail(`round ${round}: a client was logged out: ${retried.body.code}`)
        }
        return retried.body
      }),
    )
    const repeated = await Promise.all(held.map(renew))
    const again = await Promise.all(held.map(renew))
    for (const [i, { body }] of repeated.entries()) {
      if (again[i]?.body.refresh_token !== body.refresh_token) twoLive++
    }
    held = repeated.map(({ body }) => body)
  }
  t.comment(
    `killed ${rounds} times: ${seen.answered} requests answered, ${seen.cut} cut off, ` +
      `${seen.moved} of these after their rotation had been committed; ${loggedOut} logged out, ${twoLive} with two live successors`,
  )
  t.equal(twoLive, 0, 'one live successor each')
  t.equal(loggedOut, 0, 'nobody who retried with the last token they received was logged out')
  t.ok(seen.cut > 0 && seen.answered > 0, 'some requests were cut off, some were not')
})
