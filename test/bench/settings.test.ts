/** The bench needs programs that npm has not, so no test runs it; that its servers would start is asked here. */
import t from 'tap'
import { ourEnvironment } from '../../bench/harness/server.ts'
import { readConfig } from '../../src/config/config.ts'

t.test('the settings that our server is measured with are settings in production', async (t) => {
  const production = { NODE_ENV: 'production', PUBLIC_URL: 'http://localhost:3000' }
  t.match(readConfig({ ...production, ...ourEnvironment('postgres://localhost/bench') }), { production: true })
})
