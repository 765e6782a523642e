/** `npm run test:faults`: the crash tests in their long form, an hour or so. CI runs the short one, as part of `npm test`. */
import { spawn } from 'node:child_process'
import { glob } from 'node:fs/promises'

const long = {
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
}
// Those that measure have the machine to themselves; the others only ask what is lost.
const measuring = [
  'database-faults',
  'key-rotation',
  'login-storm',
  'logout-latency',
  'slow-clients',
  'slow-database',
  'soak',
]
const files = await Array.fromAsync(glob('test/{faults,sessions}/*.test.ts'))
const measures = (file: string) => measuring.some((name) => file.endsWith(`/${name}.test.ts`))

async function run(some: readonly string[], jobs: number): Promise<number> {
  const options = ['--timeout=1200', '--disable-coverage', `--jobs=${jobs}`]
  const args = ['node_modules/tap/dist/esm/run.mjs', ...some, ...options]
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...long } })
  return (await new Promise<number | null>((done) => child.once('close', done))) ?? 1
}

const withOthers = await run(
  files.filter((file) => !measures(file)),
  3,
)
process.exitCode = Math.max(withOthers, await run(files.filter(measures), 1))
