/** Deliberate breaks that show only under load, at a stop, or with a wrong clock. `npm run test:mutants -- test/faults/overload` */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const clock = 'test/faults/server-clock.test.ts'
const shutdown = 'test/faults/shutdown.test.ts'
const storm = 'test/faults/login-storm.test.ts'
const soak = 'test/faults/soak.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks('src/http/readiness.ts', clock, [
    'a node whose clock is wrong is ready',
    'clockSkewMs() > mostSkewMs &&',
    'clockSkewMs() > 1e9 * mostSkewMs &&',
  ]),
  ...breaks(
    'src/clock/database-clock.ts',
    clock,
    [
      'what the database says of the time is not heard',
      'base = Math.min(Math.max(estimate(), time), latest)',
      'base = machine()',
    ],
    ['a wrong clock is not noticed', 'machineIsOffMs = Math.max(time - machine(), machine() - latest, 0)', ''],
  ),
  ...breaks('src/http/create-health.ts', shutdown, [
    'a node that is to stop is ready',
    '() => app.closing.aborted',
    '() => false',
  ]),
  ...breaks(
    'src/http/drain.ts',
    shutdown,
    ['requests under way are cut off', 'await open.whenNone()', ''],
    ['who waits for news is not answered', 'closing.abort()', ''],
    ['there is no grace', 'if (graceMs > 0) await sleep(graceMs)', ''],
  ),
  ...breaks('src/start.ts', shutdown, [
    'a second signal is waited out',
    'stopOnSignal({ delay: stopWithinMilliseconds, logger, close: () => app.close() })',
    "process.on('SIGTERM', () => void app.close().then(() => process.exit(0))).off.bind(process, 'x', () => {}) as () => void",
  ]),
  ...breaks('src/config/thread-pool.ts', storm, [
    'password hashes run with the priority of requests',
    'niceness = 10',
    'niceness = 0',
  ]),
  ...breaks('src/http/bounds/open-requests.ts', soak, ['requests are counted for ever', 'replies.delete(reply)', '']),
]
