/** What the README tells a newcomer to paste works as pasted. */
import { execFile } from 'node:child_process'
import { access, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { createDatabase } from './setup/database.ts'
import { startServer } from './setup/server-process.ts'

const readme = await readFile('README.md', 'utf8')
const section = (title: string) => readme.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
const code = (text: string) => [...text.matchAll(/```sh\n([^]*?)```/g)].map(([, block = '']) => block)

t.test('the first login', async (t) => {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const server = await startServer({ DATABASE_URL: url })
  const [block = ''] = code(section('A first login'))
  t.match(block, 'http://localhost:3000')
  const { stdout } = await promisify(execFile)('bash', ['-euc', block.replace('http://localhost:3000', server.baseUrl)])
  t.match(stdout, /"sub":"[^]*the same successor\nlogout: 204\n\{[^]*"code":"invalid_refresh_token"/)
  server.child.kill('SIGTERM')
  await server.exited
})

t.test('the standard OAuth endpoints, after the first login', async (t) => {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const [, credential = ''] = /`SERVICE_CREDENTIALS=(\S+) npm start`/.exec(readme) ?? []
  const server = await startServer({ DATABASE_URL: url, SERVICE_CREDENTIALS: credential })
  const [first = '', block = ''] = ['A first login', 'Standard OAuth endpoints'].flatMap((title) =>
    code(section(title)),
  )
  const script = first.replace('http://localhost:3000', server.baseUrl) + block
  const { stdout } = await promisify(execFile)('bash', ['-euc', script])
  t.match(stdout, /\{"active":true,[^]*\nrevoke: 200\n\{"active":false\}$/)
  server.child.kill('SIGTERM')
  await server.exited
})

t.test('every command named is there', async (t) => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  for (const [, name = ''] of readme.matchAll(/npm run ([\w:]+)/g)) t.ok(scripts[name], name)
})

t.test('every file linked is there', async (t) => {
  for (const [, path = ''] of readme.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
    await t.resolves(access(path), path)
  }
})
