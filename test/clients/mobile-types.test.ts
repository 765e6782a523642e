/** The example for React Native passes TypeScript in strict mode with the modules of Expo. `npm run test:client` has built the client. */
import { resolve } from 'node:path'
import t from 'tap'
import { installLocked, run } from './example.ts'

t.test('examples/mobile', async (t) => {
  const home = resolve('examples/mobile')
  await installLocked(home, '--ignore-scripts')
  t.equal(await run(home, resolve('node_modules/.bin/tsc'), '-p', '.'), '')
})
