/**
 * Invalid and ambiguous HTTP over a socket to a server process: each request is refused or its connection closed, none gets a 5xx, the memory does not grow, and other clients are not affected.
 */
import t from 'tap'
import { call, password, register, untilServed, whoami } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { megabytes } from '../setup/memory.ts'
import { startServer } from '../setup/server-process.ts'
import { type Told, talk } from '../setup/socket.ts'
import { addresses, bodies, lines, smuggling, type Trick } from './parser-tricks.ts'

const { url, drop } = await createDatabase()
const server = await startServer({ DATABASE_URL: url, LOG_LEVEL: 'warn' })
t.teardown(async () => {
  server.child.kill('SIGKILL')
  await server.exited
  await drop()
})
const user = await register(server.baseUrl)

const tables: Readonly<Record<string, readonly Trick[]>> = { smuggling, lines, addresses, bodies }
for (const [table, tricks] of Object.entries(tables)) {
  t.test(`${tricks.length} requests: ${table}`, async (t) => {
    const told = new Map<Trick, Told>()
    const send = async (trick: Trick) => told.set(trick, await talk(server.baseUrl, { send: trick[1] }))
    // A login with a readable body hashes a password, and one address may have only a few hashes waiting.
    const hashes = tricks.filter(({ 2: expected }) => expected.includes(401))
    await Promise.all(tricks.filter((trick) => !hashes.includes(trick)).map(send))
    for (const trick of hashes) await send(trick)
    for (const [trick, { statuses, closed, ms }] of told) {
      const [name, , expected, orCutOff] = trick
      // A client that is still writing may lose the response when the connection is reset.
      if (!(orCutOff && statuses.length === 0)) t.same(statuses, expected, name)
      t.ok(closed, `${name} is closed by the server, after ${Math.round(ms)} ms`)
    }
    t.comment(
      `${tricks.length} sent; the slowest ended after ${Math.round(Math.max(...[...told.values()].map(({ ms }) => ms)))} ms`,
    )
  })
}
t.test('forty bodies of 10 MB, ten at a time', async (t) => {
  const tricks = bodies.filter(([name]) => name.startsWith('10 MB'))
  const before = await megabytes(server)
  let most = before
  for (let round = 0; round < 4; round++) {
    await Promise.all(
      Array.from({ length: 10 }, (_, i) => talk(server.baseUrl, { send: tricks[i % tricks.length]?.[1] ?? '' })),
    )
    most = Math.max(most, await megabytes(server))
  }
  t.ok(most < before + 60, 'the memory stays what it was')
  t.comment(`memory before: ${before} MB, at most: ${most} MB`)
})

t.test('afterwards the server works as before', async (t) => {
  t.equal(server.output().match(/"level":[56]0.*/)?.[0], undefined, 'nothing is logged as an error')
  t.equal((await whoami(server.baseUrl, user.access_token)).status, 200)
  const login = () => call(`${server.baseUrl}/auth/login`, { body: { email: user.user.email, password } })
  t.equal((await untilServed(login)).status, 200)
})
