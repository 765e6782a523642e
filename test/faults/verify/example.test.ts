/** `npm run example:api` beside a real server process: a token is accepted, and refused after the logout. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { credential, holds, serviceEnv } from '../../packages/verify/service.ts'
import { call, register } from '../../setup/client.ts'
import { createDatabase } from '../../setup/database.ts'
import { freePort } from '../../setup/free-port.ts'
import { startServer } from '../../setup/server-process.ts'

const { url, drop } = await createDatabase()
t.teardown(drop)
const server = await startServer({ DATABASE_URL: url, LOG_LEVEL: 'warn', ...serviceEnv })
t.teardown(async () => {
  server.child.kill('SIGTERM')
  await server.exited
})
const { scripts }: { scripts: Record<string, string> } = JSON.parse(await readFile('package.json', 'utf8'))

/** The example's process, ready for requests. */
async function startExample(env: Record<string, string>) {
  const [program = '', ...args] = scripts['example:api']?.split(' ') ?? []
  if (program !== 'node') throw new Error(`example:api runs ${program}`)
  const { PATH = '' } = process.env
  const port = String(await freePort())
  const child = spawn(process.execPath, args, { env: { PATH, AUTH_URL: server.baseUrl, PORT: port, ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  t.teardown(async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
  })
  if (!(await holds(() => output.includes('Notes at')))) throw new Error(`it did not start: ${output}`)
  return { baseUrl: `http://127.0.0.1:${port}`, output: () => output }
}

t.test('a user writes and reads notes, logs out, and is refused', async (t) => {
  const { baseUrl, output } = await startExample({ SERVICE_CREDENTIAL: `${credential.id}:${credential.secret}` })
  const { access_token: token, refresh_token } = await register(server.baseUrl)
  t.match(await call(`${baseUrl}/notes`), { status: 401, body: { code: 'authentication_required' } })
  t.ok(await holds(async () => (await call(`${baseUrl}/notes`, { token })).status === 200))
  t.equal((await call(`${baseUrl}/notes`, { token, body: { text: 'milk' } })).status, 204)
  t.same((await call(`${baseUrl}/notes`, { token })).body, ['milk'])
  const { access_token: other } = await register(server.baseUrl)
  t.same((await call(`${baseUrl}/notes`, { token: other })).body, [], 'all notes are of one user')
  await call(`${server.baseUrl}/auth/logout`, { body: { refresh_token } })
  const from = performance.now()
  t.ok(await holds(async () => (await call(`${baseUrl}/notes`, { token })).status === 401))
  t.comment(`denied ${Math.round(performance.now() - from)} ms after the logout`)
  t.match(await call(`${baseUrl}/notes`, { token }), { body: { code: 'token_revoked' } })
  t.equal((await call(`${baseUrl}/notes`, { token: other })).status, 200)
  const lines = output().split('\n')
  const wrong = lines.filter((line) => /"level":(40|50)/.test(line) && !line.includes('refused a token: revoked'))
  t.same(wrong, [], 'nothing went wrong')
})

t.test('without a credential the example verifies tokens too', async (t) => {
  const { baseUrl } = await startExample({})
  const { access_token: token, refresh_token } = await register(server.baseUrl)
  t.equal((await call(`${baseUrl}/notes`, { token })).status, 200)
  await call(`${server.baseUrl}/auth/logout`, { body: { refresh_token } })
  t.equal((await call(`${baseUrl}/notes`, { token })).status, 200)
  t.equal((await call(`${baseUrl}/notes`, { token: `${token}x` })).status, 401)
})
