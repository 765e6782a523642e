/** How this process is doing: what keeps a request waiting although nothing is wrong with it. */
import { randomFill } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { promisify } from 'node:util'
import type { Metric } from './meters.ts'

const resolutionMs = 10
const fill = promisify(randomFill)

/** How long the smallest piece of work waits for libuv's pool, where hashes, names and files are worked on. In seconds. */
async function threadPoolWait(): Promise<number> {
  const from = performance.now()
  await fill(new Uint8Array(1))
  return (performance.now() - from) / 1000
}

export function processMetrics(requestsUnderWay: () => number): readonly Metric[] {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs })
  // What it records includes the pause between its looks.
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs) / 1000

  return [
    {
      name: 'countersign_http_requests_under_way',
      help: 'Requests that have not been answered yet, this one included where it is on the main port.',
      read: requestsUnderWay,
    },
    {
      name: 'countersign_event_loop_delay_p99_seconds',
      help: 'How late timers are, the 99th percentile since the last time this was read.',
      read() {
        // From the first look on: who is never asked does not wake up for it.
        if (delays.enable()) return undefined
        const delay = seconds(delays.percentile(99))
        delays.reset()
        return delay
      },
    },
    {
      name: 'countersign_thread_pool_wait_seconds',
      help: 'How long the smallest piece of work waits for a thread of libuv right now.',
      read: threadPoolWait,
    },
  ]
}
