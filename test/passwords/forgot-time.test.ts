import t from 'tap'
import { register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { age, forgot, lettersOf } from './mailbox.ts'

t.setTimeout(60_000)
const node = await startNode(t)

const samples = 500
const median = (times: number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN

t.test('nobody can tell who has an account from the time that asking for a link takes', async (t) => {
  const { user } = await register(node.baseUrl, 'timed@example.com')
  const times = { known: [] as number[], unknown: [] as number[], paused: [] as number[] }
  const measure = async (kind: keyof typeof times, email: string) => {
    const from = performance.now()
    await forgot(node, email)
    times[kind].push(performance.now() - from)
  }
  for (let i = -20; i < samples; i++) {
    // In turn first and last, so that neither profits from what the other has warmed.
    const steps = [() => measure('known', 'timed@example.com'), () => measure('unknown', `nobody@example.com`)]
    for (const step of i % 2 ? steps : steps.toReversed()) await step()
    if (i % 5 === 0) await measure('paused', 'timed@example.com')
    await age(node, user.id, 61)
    if (i === -1) for (const kind of ['known', 'unknown', 'paused'] as const) times[kind].length = 0
  }
  const medians = { known: median(times.known), unknown: median(times.unknown), paused: median(times.paused) }
  t.comment(`medians of ${samples}, ms: ${JSON.stringify(medians)}`)
  t.equal((await lettersOf(node, user.id)).length, samples + 20, 'each known one was sent a letter')
  t.ok(Math.abs(medians.known - medians.unknown) < 5)
  t.ok(Math.abs(medians.paused - medians.unknown) < 5)
})
