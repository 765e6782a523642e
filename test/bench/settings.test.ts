/** No test runs the bench, because it needs programs that npm does not install. These check that its servers would start. */
import t from 'tap'
import { ourEnvironment } from '../../bench/harness/server.ts'
import { readConfig } from '../../src/config/config.ts'

t.test('the settings of the measured server are valid in production', async (t) => {
  const production = { NODE_ENV: 'production', PUBLIC_URL: 'http://localhost:3000' }
  t.match(readConfig({ ...production, ...ourEnvironment('postgres://localhost/bench') }), { production: true })
})
