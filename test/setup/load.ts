/**
 * A load generator in another process. It sends requests at a fixed rate over open connections, whether or not earlier ones
 * were answered. It reads its orders from the parent one at a time, and reports the result of each.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'

export type Order = {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Record<string, string>
  readonly body?: string
  readonly perSecond: number
  readonly forMs: number
}
/** The number of responses by status, or by error, and the time of each in milliseconds. */
export type Told = { readonly statuses: Record<string, number>; readonly tookMs: readonly number[] }

const agent = new Agent({ keepAlive: true, maxSockets: 256 })

function ask({ url, method, headers, body }: Order): Promise<{ status: string; tookMs: number }> {
  const from = performance.now()
  const done = (status: string) => ({ status, tookMs: performance.now() - from })
  return new Promise((resolve) => {
    const failed = (error: Error & { code?: string }) => resolve(done(error.code ?? error.message))
    const asked = request(url, { method, headers, agent, timeout: 60_000 }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(done(String(answer.statusCode)))).once('error', failed)
    })
    asked.once('error', failed).once('timeout', () => asked.destroy(new Error('no answer')))
    asked.end(body)
  })
}

async function carryOut(order: Order): Promise<Told> {
  const answers: ReturnType<typeof ask>[] = []
  const from = performance.now()
  const total = Math.round((order.perSecond * order.forMs) / 1000)
  while (answers.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - from) * order.perSecond) / 1000) + 1)
    while (answers.length < due) answers.push(ask(order))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const statuses: Record<string, number> = {}
  const tookMs: number[] = []
  for (const { status, tookMs: took } of await Promise.all(answers)) {
    statuses[status] = (statuses[status] ?? 0) + 1
    tookMs.push(took)
  }
  return { statuses, tookMs }
}

if (process.argv[2] === 'generate')
  process.on('message', (order: Order) => void carryOut(order).then((told) => process.send?.(told)))

/** Starts a generator; `stop` ends it. */
export function startLoad() {
  const child = fork(import.meta.filename, ['generate'], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: {},
  })
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  return {
    async run(order: Order): Promise<Told> {
      child.send(order)
      const [told] = (await once(child, 'message')) as [Told]
      return told
    },
    async stop(): Promise<void> {
      process.off('exit', end)
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
