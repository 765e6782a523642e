/** The parameters of DATABASE_URL. */
import t from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { configMistakes } from './config-mistakes.ts'

const base = 'postgresql://user:hunter2@db.example/auth'

t.test('the parameters that every connection heeds are accepted', (t) => {
  for (const query of [
    'sslmode=verify-full&sslrootcert=/etc/ssl/ca.pem',
    'sslmode=no-verify',
    'sslmode=disable',
    'schema=auth',
    'connection_limit=5',
    'pgbouncer=true',
    'options=-c%20lock_timeout%3D5000',
    'application_name=auth',
  ]) {
    t.equal(configMistakes({ DATABASE_URL: `${base}?${query}` }), '', query)
  }
  t.end()
})

t.test('any other parameter, or value, is refused by name and without its value', (t) => {
  for (const [query, expected] of [
    ['pool_timeout=7', /DATABASE_URL has the parameter pool_timeout/],
    ['channel_binding=require', /DATABASE_URL has the parameter channel_binding/],
    ['sslmode=on', /DATABASE_URL has an sslmode/],
    ['schema=pg_catalog', /DATABASE_URL has a schema/],
    ['schema=Auth;drop', /DATABASE_URL has a schema/],
    ['connection_limit=0', /DATABASE_URL has a connection_limit/],
    ['pgbouncer=yes', /DATABASE_URL has a pgbouncer/],
    ['Secret-Part=x', /DATABASE_URL has a parameter, which/],
  ] as const) {
    const message = configMistakes({ DATABASE_URL: `${base}?${query}` })
    t.match(message, expected)
    t.notMatch(message, /hunter2|db\.example|Secret|drop/)
  }
  t.end()
})

t.test('the settings stand for parameters, and a parameter of the address wins', (t) => {
  const urlOf = (query: string) =>
    readConfig({ DATABASE_URL: base + query, DATABASE_SCHEMA: 'auth', DATABASE_POOL_SIZE: '5' }).databaseUrl
  t.equal(urlOf(''), `${base}?schema=auth&connection_limit=5`)
  t.equal(urlOf('?schema=other'), `${base}?schema=other&connection_limit=5`)
  t.end()
})
