/** The example for React Native passes TypeScript in strict mode with the modules of Expo. `npm run test:client` has built the client. */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

const run = (...command: string[]) =>
  promisify(execFile)('env', ['NODE_OPTIONS=', ...command], { cwd: resolve('examples/mobile') })

t.test('examples/mobile', async (t) => {
  await run('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund')
  const { stdout } = await run(resolve('node_modules/.bin/tsc'), '-p', '.').catch((error: { stdout: string }) => error)
  t.equal(stdout, '')
})
