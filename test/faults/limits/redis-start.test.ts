/** A Redis that cannot be used is told at the start, each cause in a sentence of its own. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { startRedis } from '../../limits/redis.ts'
import { createDatabase } from '../../setup/database.ts'
import { freePort } from '../../setup/free-port.ts'
import { launch, startServer, testSettings } from '../../setup/server-process.ts'
import { untilGood } from '../../setup/undisturbed.ts'

const run = promisify(execFile)
const secret = 'hunter2-of-redis'

const { url: databaseUrl, drop } = await createDatabase()
t.teardown(drop)

/** The arguments of Redis for a user with these rights. */
const userOf = ([name, rights]: readonly [string, string]) => [
  '--user',
  name,
  'on',
  `>${secret}`,
  ...rights.split(' ').filter(Boolean),
]

/** The output of a server that refuses to start. */
async function refusal(url: string): Promise<string> {
  const server = launch({
    ...testSettings,
    PORT: '0',
    PUBLIC_URL: 'http://127.0.0.1',
    DATABASE_URL: databaseUrl,
    REDIS_URL: url,
  })
  const code = await server.exited
  return code === 1 ? server.output() : `it ended with ${code}`
}

/** The warnings of a server that starts. */
async function warnings(url: string): Promise<string> {
  const server = await startServer({ DATABASE_URL: databaseUrl, REDIS_URL: url, LOG_LEVEL: 'warn' })
  server.child.kill('SIGTERM')
  await server.exited
  return server.output()
}

async function listen(t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

t.test('wrong credentials refuse the start', { timeout: 290_000 }, async (t) => {
  const redis = await startRedis(t, { settings: ['--requirepass', secret] })
  const at = `127.0.0.1:${redis.port}`
  const wrongUser = await refusal(`redis://bob:${secret}@${at}`)
  for (const said of [await refusal(`redis://:wrong@${at}`), wrongUser]) {
    t.match(said, /\nRedis refuses the user or the password of REDIS_URL\.\n$/)
    t.notMatch(said, /hunter2|wrong|\n\s+at /)
  }
  t.match(await refusal(`redis://${at}`), /\nRedis asks for a password, and REDIS_URL has none: .*\n$/)
  t.match(
    await refusal(`redis://:${secret}@${at}/99`),
    /\nREDIS_URL names a database that this Redis does not have\.\n$/,
  )
  t.notMatch(await warnings(`redis://:${secret}@${at}`), /Redis|REDIS_URL/, 'the right password has no warning')
})

t.test(
  'a user with the documented rights is enough, and one with less refuses the start',
  { timeout: 290_000 },
  async (t) => {
    const rights = '~countersign:* +eval +time +hget +hmget +hset +pexpireat +del'
    const users = { full: rights, less: rights.replace('+pexpireat', ''), other: rights.replace('countersign', 'x') }
    const redis = await startRedis(t, { settings: Object.entries(users).flatMap(userOf) })
    t.notMatch(await warnings(`redis://full:${secret}@127.0.0.1:${redis.port}`), /Redis|REDIS_URL|NOPERM/)
    for (const user of ['less', 'other']) {
      const said = await refusal(`redis://${user}:${secret}@127.0.0.1:${redis.port}`)
      t.ok(
        said.includes(`\nThe user of REDIS_URL lacks rights in Redis: grant ${rights.replace(' ', ' and ')}.\n`),
        user,
      )
    }
  },
)

t.test('a Redis that is away is a warning with the cause', { timeout: 290_000 }, async (t) => {
  const late = 'Redis does not answer within a second'
  const cause = async (url: string) =>
    /Attempts are counted in Postgres, because ([^"]*)"/.exec(await warnings(url))?.[1]
  // On a busy machine any of them may be late once.
  const said = (url: string) =>
    untilGood(
      () => cause(url),
      (words) => words !== late,
    )
  t.match(await said(`redis://:${secret}@127.0.0.1:${await freePort()}`), /^no server listens at the host and the port/)
  t.match(await said('redis://nowhere.invalid'), /^the host of REDIS_URL has no address$/)
  const http = await listen(
    t,
    createServer(
      (socket) => void socket.on('error', () => {}).on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
    ),
  )
  t.match(await said(`redis://127.0.0.1:${http}`), /^the server at the port of REDIS_URL is no Redis$/)
  t.match(await said(`rediss://127.0.0.1:${http}`), /speaks no TLS on this port/)
  const silent = await listen(
    t,
    createServer(() => {}),
  )
  t.equal(await cause(`redis://127.0.0.1:${silent}`), late)
  const redis = await startRedis(t)
  t.match(await said(`rediss://127.0.0.1:${redis.port}`), /one without TLS does the same, and then needs redis:\/\/$/)
  const replica = await startRedis(t, { settings: ['--replicaof', '127.0.0.1', `${redis.port}`] })
  t.match(await said(replica.url), /^REDIS_URL leads to a replica/)
  const full = await startRedis(t, { settings: ['--maxmemory', '1'] })
  t.match(await said(full.url), /^the memory of Redis is full$/)
})

t.test('TLS that does not fit is told', { timeout: 290_000 }, async (t) => {
  const [key, cert] = [join(t.testdir(), 'key.pem'), join(t.testdir(), 'cert.pem')]
  const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    '-days',
    '2',
    ...name,
  ])
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no']
  const redis = await startRedis(t, { settings: files, hasTls: true })
  t.match(await warnings(redis.url), /closes the connection: one with TLS does so, and needs rediss:\/\//)
  t.match(
    await warnings(`rediss://127.0.0.1:${redis.port}`),
    /is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\): NODE_EXTRA_CA_CERTS/,
  )
})

t.test(
  'a Redis that may forget counts is a warning, also where CONFIG is forbidden',
  { timeout: 290_000 },
  async (t) => {
    const redis = await startRedis(t, {
      settings: [
        '--maxmemory',
        '64mb',
        '--maxmemory-policy',
        'allkeys-lru',
        ...userOf(['managed', '~* +@all -config']),
      ],
    })
    const said = await warnings(`redis://managed:${secret}@127.0.0.1:${redis.port}`)
    t.match(said, /Redis has the maxmemory-policy allkeys-lru: .*Set maxmemory-policy to noeviction/)
    t.notMatch(said, /hunter2/)
  },
)
