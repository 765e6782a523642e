import t from 'tap'
import { plainConnections } from '../../src/config/plain-connections.ts'

const warned = (databaseUrl?: string, redisUrl?: string) =>
  plainConnections({ databaseUrl, redisUrl }).map((text) => text.split(' ')[0])

t.test('a Postgres on another machine without TLS is told', async (t) => {
  const plain = ['', '?sslmode=disable', '?ssl=false', '?ssl=0', '?application_name=x']
  for (const end of plain) t.same(warned(`postgresql://u:secret@db.example/auth${end}`), ['DATABASE_URL'], end)
  for (const end of ['?sslmode=require', '?sslmode=verify-full', '?ssl=true', '?sslmode=no-verify'])
    t.same(warned(`postgres://u:secret@db.example/auth${end}`), [], end)
  for (const host of ['localhost', '127.0.0.1:5433', '[::1]', ''])
    t.same(warned(`postgresql://${host === '' ? '' : `u:secret@${host}`}/auth`), [], host)
  t.same(warned('postgresql:///auth?host=/var/run/postgresql'), [])
})

t.test('a Redis on another machine without TLS is told', async (t) => {
  t.same(warned(undefined, 'redis://:secret@cache.example:6379'), ['REDIS_URL'])
  for (const url of ['rediss://cache.example', 'redis://localhost', 'redis://127.0.0.1:6380/1'])
    t.same(warned(undefined, url), [], url)
  t.same(warned(), [])
})

t.test('the sentence has no address and no password', async (t) => {
  const all = plainConnections({
    databaseUrl: 'postgresql://u:secret@db.example/auth',
    redisUrl: 'redis://:secret@r.example',
  })
  t.equal(all.length, 2)
  t.notMatch(all.join(), /secret|example/)
})
