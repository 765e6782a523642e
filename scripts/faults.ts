/** `npm run test:faults`: the crash tests in their long form. CI runs the short one, as part of `npm test`. */
import { spawn } from 'node:child_process'
import { glob } from 'node:fs/promises'

const long = {
  KILL_ROUNDS: '200',
  FC_RUNS: '150',
  LOGOUTS: '500',
  PARTITION_SECONDS: '35',
  ROTATIONS: '10',
  STORM_SECONDS: '20',
  SOAK_SECONDS: '900',
}
const files = await Array.fromAsync(glob('test/{faults,sessions}/*.test.ts'))
const args = ['node_modules/tap/dist/esm/run.mjs', ...files, '--timeout=1200', '--disable-coverage']
const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...long } })
child.once('close', (code) => {
  process.exitCode = code ?? 1
})
