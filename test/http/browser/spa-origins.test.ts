import t from 'tap'
import { readConfig } from '../../../src/config/config.ts'
import { configMistakes as mistakes } from '../../config/config-mistakes.ts'
import { testSecret } from '../../setup/node.ts'

const development = { NODE_ENV: 'development', PUBLIC_URL: 'https://auth.example.test' }
const production = {
  ...development,
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://db.example.test/auth',
  COUNTERSIGN_SECRET: testSecret,
  SMTP_URL: 'smtp://mail.example.test',
  MAIL_FROM: 'auth@example.test',
}

const malformed: Readonly<Record<string, string>> = {
  'a path': 'https://app.example.test/app',
  'a final slash': 'https://app.example.test/',
  'a query': 'https://app.example.test?x',
  'a fragment': 'https://app.example.test#x',
  'a wildcard': '*',
  'a wildcard host': 'https://*.example.test',
  'a wildcard port': 'https://app.example.test:*',
  'a user': 'https://user@app.example.test',
  'a user and a password': 'https://user:hunter2@app.example.test',
  'upper case': 'https://App.example.test',
  'an upper-case scheme': 'HTTPS://app.example.test',
  'the default port': 'https://app.example.test:443',
  'the default port of http': 'http://localhost:80',
  'the word null': 'null',
  'no scheme': 'app.example.test',
  'no host': 'https://',
  'another scheme': 'ftp://app.example.test',
  'a file': 'file://',
  'a script': 'javascript:alert(1)',
  'letters beyond ASCII': 'https://bücher.example',
  'a duplicate': 'https://app.example.test,https://app.example.test',
  'a duplicate that is cross-site': 'https://app.example.test,https://app.example.test cross-site',
  'an empty entry': 'https://app.example.test,,https://partner.test',
  'a final comma': 'https://app.example.test,',
  'a comma alone': ',',
  'a space alone': ' ',
  'spaces for commas': 'https://app.example.test https://partner.test',
  'another word': 'https://app.example.test crosssite',
  'the word twice': 'https://partner.test cross-site cross-site',
  'the word alone': 'cross-site',
  'one mistake among many': 'https://app.example.test,https://partner.test/ cross-site',
}
for (const [name, value] of Object.entries(malformed)) {
  t.test(`SPA_ORIGINS with ${name} is a start-up error that names it, without the value`, async (t) => {
    for (const env of [development, production]) {
      const message = mistakes({ ...env, SPA_ORIGINS: value })
      t.match(message, /\n {2}SPA_ORIGINS must be exact origins/)
      t.notMatch(message, /hunter2/)
      t.equal(message.split('\n').length, 2, 'and nothing else')
    }
  })
}

t.test('http is allowed for localhost in production, and for any host in development', async (t) => {
  for (const host of ['app.example.test', 'localhost.example.test', 'notlocalhost', '10.0.0.1', 'localhost.']) {
    t.match(mistakes({ ...production, SPA_ORIGINS: `http://${host}` }), /SPA_ORIGINS must be https/, host)
    t.equal(mistakes({ ...development, SPA_ORIGINS: `http://${host}` }), '', host)
  }
  for (const host of ['localhost', 'localhost:5173', '127.0.0.1:5173', '[::1]:5173', 'app.localhost:5173']) {
    t.equal(mistakes({ ...production, SPA_ORIGINS: `http://${host}` }), '', host)
  }
})

t.test('a cross-site origin needs an https PUBLIC_URL', async (t) => {
  const SPA_ORIGINS = 'https://partner.test cross-site'
  for (const PUBLIC_URL of [undefined, 'http://localhost:3000']) {
    t.match(
      mistakes({ PUBLIC_URL, SPA_ORIGINS }),
      /SPA_ORIGINS may have cross-site origins only if PUBLIC_URL is https/,
    )
  }
  t.equal(mistakes({ ...development, SPA_ORIGINS }), '')
})

t.test('a valid list keeps its order and its cross-site marks', async (t) => {
  const SPA_ORIGINS = 'https://app.example.test, https://partner.test:8443 cross-site ,http://localhost:5173'
  t.strictSame(readConfig({ ...production, SPA_ORIGINS }).spaOrigins, [
    { origin: 'https://app.example.test', crossSite: false },
    { origin: 'https://partner.test:8443', crossSite: true },
    { origin: 'http://localhost:5173', crossSite: false },
  ])
})

t.test('the default is no origin in production, and the sample page in development', async (t) => {
  t.strictSame(readConfig(production).spaOrigins, [])
  t.strictSame(readConfig({}).spaOrigins, [{ origin: 'http://localhost:5173', crossSite: false }])
})
