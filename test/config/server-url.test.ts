import t from 'tap'
import { configMistakes } from './config-mistakes.ts'

const names = {
  DATABASE_URL: ['postgresql://', 'postgres://'],
  REDIS_URL: ['redis://', 'rediss://'],
  SMTP_URL: ['smtp://', 'smtps://'],
}

const unreadable = [
  'user:hun#ter2@server.example/auth',
  'user:12#ter2@server.example/auth',
  'user:12/ter2@server.example/auth',
  'user:12?ter2@server.example/auth',
  'user:12?ter2=x@server.example',
  'user:12/x?ter2@server.example',
  'user:12/x?ter2=z@server.example/auth',
  'user:hun@ter2@server.example/auth',
  'user:hun@ter2/x@server.example/auth',
  'user:hun%ter2@server.example/auth',
  'user:hun%zzter2@server.example/auth',
  'user:ter2%@server.example',
  'user:ter2@one.example,two.example/auth',
  'user:ter2@one.example:5432,two.example:5432/auth',
  'user:ter2@server.example:port/auth',
  'user:ter2@server.example/auth#',
  'user:ter2@server.example/auth#part',
  'user:ter2@server.example/auth?a=b?c=d',
]

const readable = [
  'server.example',
  'server.example:5432/auth',
  'user@server.example/auth',
  'user:p%23%40%2F%3F%25@server.example:5432/auth',
  "user:p!$&'()*+,;=:~-._@server.example/auth",
  ':p@127.0.0.1:6379/1',
  'user:p@[::1]:5432/auth?application_name=x&sslmode=require',
  'server.example/auth?user=ada@tenant.example',
]

for (const [name, schemes] of Object.entries(names)) {
  t.test(`${name} that can be read in two ways is refused, in a sentence without a part of it`, async (t) => {
    for (const scheme of schemes) {
      for (const rest of unreadable) {
        const message = configMistakes({ [name]: scheme + rest })
        t.match(message, `${name} must be an address that can be read`, rest)
        t.notMatch(message, /ter2|hun|server\.example|one\.example/, rest)
      }
      for (const rest of readable) t.equal(configMistakes({ [name]: scheme + rest }), '', rest)
    }
    const other = configMistakes({ [name]: 'http://user:hun#ter2@server.example' })
    t.match(other, `${name} must be an address that begins with ${schemes.join(' or ')}`)
    t.notMatch(other, /hun|percent/, 'one sentence is enough')
  })
}

t.test('a socket of this machine needs no host', async (t) => {
  t.equal(configMistakes({ DATABASE_URL: 'postgresql:///auth?host=/var/run/postgresql' }), '')
})
