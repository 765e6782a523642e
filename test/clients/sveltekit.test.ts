/** examples/sveltekit in production mode: type-checked, built, and started by its Node adapter, in front of a real server. */
import { join } from 'node:path'
import t from 'tap'
import { installExample, run, startExample } from './example.ts'
import { startAuthServer, testRenderedPages } from './rendered-pages.ts'

const home = await installExample('sveltekit', ['client'])
await run(home, process.execPath, 'node_modules/vite/bin/vite.js', 'build')
await run(home, process.execPath, 'node_modules/typescript/bin/tsc', '--project', '.', '--noEmit')
const auth = await startAuthServer(t)
const pages = await startExample(t, { COUNTERSIGN_URL: auth.node.config.publicUrl }, () => [
  join(home, 'build/index.js'),
])

await testRenderedPages(t, pages, auth)
