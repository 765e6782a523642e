/** examples/next in production mode: built and started by Next.js, in front of a real server. */
import { join } from 'node:path'
import t from 'tap'
import { installExample, run, startExample } from './example.ts'
import { startAuthServer, testRenderedPages } from './rendered-pages.ts'

const home = await installExample('next', ['client', 'verify'])
const next = join(home, 'node_modules/next/dist/bin/next')
await run(home, process.execPath, next, 'build')
const auth = await startAuthServer(t)
const pages = await startExample(t, { COUNTERSIGN_URL: auth.node.config.publicUrl }, (port) => [
  next,
  'start',
  home,
  '--port',
  `${port}`,
])

await testRenderedPages(t, pages, auth)
