/** The commands of the README and the guides work as they are written there. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { createDatabase } from '../setup/database.ts'
import { commandsIn, section } from '../setup/page-commands.ts'
import { startServer } from '../setup/server-process.ts'

const readme = await readFile('README.md', 'utf8')
const guide = await readFile('docs/guides/your-own-api.md', 'utf8')

/** Runs a script against a server of its own, and returns its output. The script has the URL of the README. */
async function run(t: Test, script: string, env: Record<string, string> = {}): Promise<string> {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const server = await startServer({ DATABASE_URL: url, ...env })
  t.match(script, 'http://localhost:3000')
  const command = script.replace('http://localhost:3000', server.baseUrl)
  const { stdout } = await promisify(execFile)('bash', ['-euc', command])
  server.child.kill('SIGTERM')
  await server.exited
  return stdout
}

const [firstLogin = ''] = commandsIn(section(readme, 'A first login'))

t.test('the first login of the README works as pasted', async (t) => {
  const output = await run(t, firstLogin)
  t.match(output, /"sub":"[^]*the same successor\nlogout: 204\n\{[^]*"code":"invalid_refresh_token"/)
})

t.test('introspection works as pasted, after the first login', async (t) => {
  const [, credential = ''] = /`SERVICE_CREDENTIALS=(\S+) npm start`/.exec(guide) ?? []
  const [introspection = ''] = commandsIn(section(guide, 'Introspection'))
  const output = await run(t, firstLogin + introspection, { SERVICE_CREDENTIALS: credential })
  t.match(output, /\{"active":true,[^]*\nrevoke: 200\n\{"active":false\}$/)
})
