/** The commands that the README and the guides tell a newcomer to paste work as they stand there. */
import { execFile } from 'node:child_process'
import { glob, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { createDatabase } from './setup/database.ts'
import { startServer } from './setup/server-process.ts'

const readme = await readFile('README.md', 'utf8')
const guide = await readFile('docs/guides/your-own-api.md', 'utf8')
const section = (page: string, title: string) => page.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
const code = (text: string) => [...text.matchAll(/```sh\n([^]*?)```/g)].map(([, block = '']) => block)

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

const [firstLogin = ''] = code(section(readme, 'A first login'))

t.test('the first login of the README works as pasted', async (t) => {
  const output = await run(t, firstLogin)
  t.match(output, /"sub":"[^]*the same successor\nlogout: 204\n\{[^]*"code":"invalid_refresh_token"/)
})

t.test('introspection works as pasted, after the first login', async (t) => {
  const [, credential = ''] = /`SERVICE_CREDENTIALS=(\S+) npm start`/.exec(guide) ?? []
  const [introspection = ''] = code(section(guide, 'Introspection'))
  const output = await run(t, firstLogin + introspection, { SERVICE_CREDENTIALS: credential })
  t.match(output, /\{"active":true,[^]*\nrevoke: 200\n\{"active":false\}$/)
})

t.test('every npm command that a page names exists', async (t) => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> }
  let found = 0
  for await (const page of glob(['*.md', 'docs/**/*.md'])) {
    for (const [, name = ''] of (await readFile(page, 'utf8')).matchAll(/npm run ([\w:]+)/g)) {
      t.ok(scripts[name], `${page}: npm run ${name}`)
      found++
    }
  }
  t.ok(found > 20)
})

t.test('the README has at most 200 lines', async (t) => {
  t.ok(readme.split('\n').length <= 201)
})
