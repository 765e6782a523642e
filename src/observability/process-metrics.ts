/** The state of this process: waits that slow down every request. */
import { randomFill } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { promisify } from 'node:util'
import type { Metric } from './meters.ts'

const resolutionMs = 10
const fill = promisify(randomFill)

/** How long a tiny task waits for the thread pool of libuv, which runs hashes, DNS and files. In seconds. */
async function threadPoolWait(): Promise<number> {
  const from = performance.now()
  await fill(new Uint8Array(1))
  return (performance.now() - from) / 1000
}

export function processMetrics(requestsUnderWay: () => number): readonly Metric[] {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs })
  // The recorded delays include the interval between two samples.
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs) / 1000

  return [
    {
      name: 'countersign_http_requests_under_way',
      help: 'Open requests. This one counts too if it is on the main port.',
      read: requestsUnderWay,
    },
    {
      name: 'countersign_event_loop_delay_p99_seconds',
      help: 'The delay of timers, 99th percentile since the last read.',
      read() {
        // Sampling begins with the first read, so that a process that is never asked does not wake up for it.
        if (delays.enable()) return undefined
        const delay = seconds(delays.percentile(99))
        delays.reset()
        return delay
      },
    },
    {
      name: 'countersign_thread_pool_wait_seconds',
      help: 'The present wait of a tiny task for a thread of libuv.',
      read: threadPoolWait,
    },
  ]
}
