/** Rules between settings are told together with the mistakes of single settings. */
import t from 'tap'
import { configMistakes } from './config-mistakes.ts'

const namesIn = (message: string) => [...message.matchAll(/^ {2}([A-Z_]+) /gm)].map(([, name = '']) => name)
const complete = {
  DATABASE_URL: 'postgresql://db/auth',
  COUNTERSIGN_SECRET: 's'.repeat(32),
  PUBLIC_URL: 'https://auth.example.com',
  SMTP_URL: 'smtp://mail.example.com',
  MAIL_FROM: 'auth@example.com',
}

t.test('a mistake of one setting hides no mistake between others', async (t) => {
  const between = { SESSION_IDLE_SECONDS: '600', SESSION_MAX_SECONDS: '60', PORT: '3000', METRICS_PORT: '3000' }
  t.same(namesIn(configMistakes({ ...between, BCRYPT_COST: '4' })), [
    'BCRYPT_COST',
    'SESSION_IDLE_SECONDS',
    'METRICS_PORT',
  ])
  const origins = { SPA_ORIGINS: 'https://*.vercel.app,https://a.example cross-site', COOKIE_DOMAIN: 'example.com' }
  t.same(namesIn(configMistakes({ ...origins, AUDIT_DAYS: '0' })), [
    'AUDIT_DAYS',
    'SPA_ORIGINS',
    'COOKIE_DOMAIN',
    'SPA_ORIGINS',
  ])
})

t.test('production names what is missing beside what is wrong', async (t) => {
  const given = { NODE_ENV: 'production', SMTP_URL: 'mail.example.com', DOCS: 'yes', LINK_TARGETS: 'http://a.example' }
  t.same(namesIn(configMistakes(given)), [
    'SMTP_URL',
    'DOCS',
    'LINK_TARGETS',
    'DATABASE_URL',
    'COUNTERSIGN_SECRET',
    'PUBLIC_URL',
    'MAIL_FROM',
  ])
})

t.test('a rule that reads a wrong setting is left out, because it may hold once that is put right', async (t) => {
  t.same(namesIn(configMistakes({ SESSION_IDLE_SECONDS: '600', SESSION_MAX_SECONDS: 'x' })), ['SESSION_MAX_SECONDS'])
  t.same(namesIn(configMistakes({ PORT: '0', PUBLIC_URL: 'x' })), ['PUBLIC_URL'])
  t.same(namesIn(configMistakes({ COOKIE_DOMAIN: 'example.com', PUBLIC_URL: 'x' })), ['PUBLIC_URL'])
  t.same(namesIn(configMistakes({ PUBLIC_URL: 'x' })), ['PUBLIC_URL'], 'it may be on this machine')
  t.same(namesIn(configMistakes({ NODE_ENV: 'staging', PUBLIC_URL: 'https://a.example' })), ['NODE_ENV'])
})

t.test('a mistake of one setting does not change what the others mean', async (t) => {
  t.equal(configMistakes(complete), '')
  t.same(namesIn(configMistakes({ ...complete, BCRYPT_COST: 'x' })), ['BCRYPT_COST'])
  t.same(namesIn(configMistakes({ ...complete, MAIL_FROM: '', PORT: 'x' })), ['PORT', 'MAIL_FROM', 'NODE_ENV'])
})
