/** `npm run test:faults`: the crash tests in their long form. CI runs the short one, as part of `npm test`. */
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
const files = await Array.fromAsync(glob('test/{faults,sessions}/*.test.ts'))
const args = ['node_modules/tap/dist/esm/run.mjs', ...files, '--timeout=1200', '--disable-coverage']
const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...long } })
child.once('close', (code) => {
  process.exitCode = code ?? 1
})
