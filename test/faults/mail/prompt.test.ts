/** How soon a mail is sent, and how little a mail server that stalls slows requests. */
import t from 'tap'
import { call, password, register } from '../../setup/client.ts'
import { pause } from '../../setup/denial.ts'
import { startMailServer, until } from '../../setup/mail-server.ts'
import { mailRows, makeDue, post } from '../../setup/mails.ts'
import { startNode } from '../../setup/node.ts'

const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0

t.test('a mail is sent at once, and not only at the next poll of the outbox', async (t) => {
  const server = await startMailServer(t)
  const node = await startNode(t, { mail: true, env: { SMTP_URL: server.url } })
  // Several mails, at any moment between two polls. With polling alone, each would be sent half a second later on average. The quicker half is
  // judged, because other work on the machine delays some.
  const waits: number[] = []
  for (let i = 0; i < 16; i++) {
    await register(node.baseUrl)
    const from = performance.now()
    await until(() => server.received.length === i + 1)
    waits.push(Math.round(performance.now() - from))
    await pause(Math.random() * 200)
  }
  t.ok(median(waits) < 250, `${waits.join()} ms after the responses`)
})

t.test('a mail server that stalls delays no request, and is given up after a while', async (t) => {
  const stall = Promise.withResolvers<void>()
  const server = await startMailServer(t, { onRecipient: () => stall.promise })
  const slow = await startNode(t, { mail: { attemptMs: 1000 }, env: { SMTP_URL: server.url } })
  const plain = await startNode(t)
  await post(
    slow,
    Array.from({ length: 21 }, (_, i) => `${i}@example.com`),
  )
  await until(async () => (await mailRows(slow)).filter(({ attempts }) => attempts === 1).length >= 20)
  const ms = { stalled: [] as number[], without: [] as number[] }
  const time = async (baseUrl: string, name: string) => {
    const from = performance.now()
    const body = { email: `${name}@example.com`, password }
    const { status } = await call(`${baseUrl}/auth/register`, { body })
    if (status !== 201) throw new Error(`register answered ${status}`)
    return performance.now() - from
  }
  for (let i = 0; i < 12; i++) {
    ms.stalled.push(await time(slow.baseUrl, `stalled-${i}`))
    ms.without.push(await time(plain.baseUrl, `plain-${i}`))
  }
  t.comment(
    `register: ${median(ms.stalled).toFixed(1)} ms beside a stalled server, ${median(ms.without).toFixed(1)} without`,
  )
  t.ok(median(ms.stalled) < median(ms.without) + 100)
  t.ok(ms.stalled.filter((each) => each < 1000).length >= 9, `at most ${Math.round(Math.max(...ms.stalled))} ms`)
  const timedOut = ({ last_error: reason }: { last_error: string | null }) => reason === 'no answer (it took too long)'
  await until(async () => (await mailRows(slow)).filter(timedOut).length >= 20)
  stall.resolve()
  await until(async () => {
    await makeDue(slow)
    return (await mailRows(slow)).length === 0
  })
  t.equal(new Set(server.received.map(({ to }) => to)).size, 33, 'in the end all have arrived')
})
