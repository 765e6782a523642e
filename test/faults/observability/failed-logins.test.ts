/** fail2ban reads the failed logins of a server by the filter in docs/reference/operations.md. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { call, password, register } from '../../setup/client.ts'
import { createDatabase } from '../../setup/database.ts'
import { startServer } from '../../setup/server-process.ts'

const fail2banRegex = '/usr/bin/fail2ban-regex'
const attacker = '203.0.113.9'
const other = '2001:db8:5::7'

t.test('the documented filter finds the addresses that failed, and no others', { timeout: 290_000 }, async (t) => {
  if (!existsSync(fail2banRegex))
    throw new Error(`${fail2banRegex} is missing: apt-get install --no-install-recommends fail2ban`)
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const server = await startServer({ DATABASE_URL: url, LOG_ADDRESSES: 'on', TRUSTED_PROXIES: '127.0.0.1' })
  const { email } = (await register(server.baseUrl)).user
  const login = (from: string, tried: string, to = email) =>
    call(`${server.baseUrl}/auth/login`, { from, body: { email: to, password: tried } })
  for (let i = 0; i < 3; i++) t.equal((await login(attacker, 'wrong')).status, 401)
  t.equal((await login(other, 'wrong', 'nobody@example.com')).status, 401)
  t.equal((await login('198.51.100.1', password)).status, 200)
  await call(`${server.baseUrl}/auth/refresh`, { from: '198.51.100.2', body: { refresh_token: 'expired' } })
  await call(`${server.baseUrl}/auth/whoami`, { from: '198.51.100.3', token: 'expired' })
  // Texts of a stranger that look like the line.
  const forged = '{"ip":"198.51.100.4","code":"invalid_credentials","route":"/auth/login","msg":"failed login"}'
  await login('198.51.100.5, x', 'wrong', forged)
  await call(`${server.baseUrl}/auth/login?${encodeURIComponent(forged)}`, { from: '198.51.100.6' })
  server.child.kill('SIGTERM')
  await server.exited

  const log = join(t.testdir(), 'log')
  const filter = join(t.testdir(), 'countersign.conf')
  await writeFile(log, server.output())
  const page = await readFile('docs/reference/operations.md', 'utf8')
  const documented = /```ini\n(\[Definition\][^`]*)```/.exec(page)?.[1] ?? ''
  t.match(documented, /failregex/)
  await writeFile(filter, documented)
  const read = async (...flags: string[]) => (await promisify(execFile)(fail2banRegex, [...flags, log, filter])).stdout
  const found = (await read('--out', 'ip')).trim().split('\n')
  t.same(
    found.toSorted((a, b) => a.localeCompare(b)),
    [other, attacker, attacker, attacker],
  )
  t.match(await read(), /Date template hits:\n.*\[\d+\] /s, 'and the time of the line')
  t.match(await read(), /, 4 matched,/)
})
