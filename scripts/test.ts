/**
 * `npm test`, `npm run test:browser`, `npm run test:faults`, `npm run test:generators` and `npm run test:client` run the five sets of
 * tests. With words, as in `npm test -- sessions keys`, only the files whose path holds one of them.
 * `npm run test:faults -- --long` repeats each fault more often, and takes an hour or so. `npm run test:client -- --long` has a storm
 * of one hour of simulated life.
 */
import { statSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { runTests, type TestGroup } from './run-tests.ts'

// A test often waits for Postgres or another process, so there is one job more than cores.
const jobs = Math.min(availableParallelism() + 1, 8)

/** The environment of fault tests in the long form. */
const long = {
  // Tests judge the times that are promised for a machine with nothing else to do.
  NO_OTHER_WORK: 'on',
  KILL_ROUNDS: '200',
  FC_RUNS: '150',
  LOGOUTS: '500',
  PARTITION_SECONDS: '35',
  ROTATIONS: '10',
  DISCONNECTS: '1000',
  SLOW_SOCKETS: '2000',
  SLOW_WAVES: '3',
  HOSTILE_BODIES: '1200',
  POSTGRES_KILLS: '5',
  FAULT_SECONDS: '20',
  FAILOVERS: '3',
  DISK_FULL_SECONDS: '30',
  STORM_SECONDS: '20',
  SOAK_SECONDS: '900',
  SAMPLES: '500',
  MANY_SESSIONS: '1000,100000,400000',
  LATE_FAULTS: '60',
  FROZEN_CLIENTS: '20',
  FAIR_LOGINS: '24',
}
// These measure time, so they run alone.
const measuring = [
  'accounts/enumeration',
  'database-faults',
  'ending-sessions',
  'frozen',
  'http/deadline',
  'passwords/fair-hashing',
  'key-rotation',
  'login-storm',
  'logout-latency',
  'mail/prompt',
  'shutdown',
  'slow-clients',
  'slow-database',
  'soak',
  'verify/keys',
]

const { values, positionals } = parseArgs({
  options: { set: { type: 'string', default: 'main' }, long: { type: 'boolean', default: false } },
  allowPositionals: true,
})
// Large files tend to take long. They come first, because a long file at the end would run alone.
const all = (await Array.fromAsync(glob('test/**/*.test.ts', { exclude: ['**/node_modules/**'] })))
  .map((file) => ({ path: file.replaceAll('\\', '/'), bytes: statSync(file).size }))
  .toSorted((one, other) => other.bytes - one.bytes || one.path.localeCompare(other.path))
  .map(({ path }) => path)
const wanted = (file: string) => positionals.length === 0 || positionals.some((word) => file.includes(word))
const setOf = (file: string) => /^test\/(browser|faults|generators|clients)\//.exec(file)?.[1] ?? 'main'
const files = all.filter((file) => setOf(file) === values.set && wanted(file))
const measures = (file: string) => measuring.some((name) => file.endsWith(`/${name}.test.ts`))

function groups(): TestGroup[] {
  const isMain = values.set === 'main'
  if (values.set === 'clients') {
    const form = values.long ? { timeoutSeconds: 7200, env: { STORM_MINUTES: '60' } } : { timeoutSeconds: 600 }
    return [{ ...form, files, jobs: 1, showComments: true }]
  }
  if (values.set !== 'faults')
    return [{ files, jobs, timeoutSeconds: 300, sharesProcesses: isMain, showComments: !isMain }]
  const common = { timeoutSeconds: values.long ? 1200 : 300, env: values.long ? long : {}, showComments: true }
  return [
    { ...common, files: files.filter((file) => !measures(file)), jobs },
    { ...common, files: files.filter(measures), jobs: 1 },
  ]
}

process.exitCode = (await runTests(groups())) ? 0 : 1
