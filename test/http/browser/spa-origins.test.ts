import t from 'tap'
import { readConfig } from '../../../src/config/config.ts'
import { createAllowedOrigins } from '../../../src/http/browser/allowed-origins.ts'
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
  'a wildcard for part of a label': 'https://app-*.example.test',
  'a wildcard for two labels': 'https://*.*.example.test',
  'a wildcard in the middle': 'https://app.*.example.test',
  'a wildcard for the whole host': 'https://*',
  'a wildcard for a top-level domain': 'https://*.test',
  'a wildcard on http': 'http://*.example.test',
  'a wildcard and a path': 'https://*.example.test/x',
  'a wildcard for any port of another host': 'https://app.example.test:*',
  'a user': 'https://user@app.example.test',
  'a user and a password': 'https://user:hunter2@app.example.test',
  'upper case': 'https://App.example.test',
  'an upper-case scheme': 'HTTPS://app.example.test',
  'the default port': 'https://app.example.test:443',
  'the default port of http': 'http://localhost:80',
  'the word null in capitals': 'NULL',
  'null on another site': 'null cross-site',
  'a native shell on another site': 'capacitor://localhost cross-site',
  'a native shell with a path': 'capacitor://localhost/x',
  'a native shell in capitals': 'Capacitor://localhost',
  'a scheme alone': 'capacitor:',
  'two words': 'https://app.example.test bearer cross-site',
  data: 'data://x',
  'a websocket': 'wss://app.example.test',
  'no scheme': 'app.example.test',
  'no host': 'https://',
  'another scheme': 'ftp://app.example.test',
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
      t.match(message, /\n {2}SPA_ORIGINS must be origins/)
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
    { origin: 'https://app.example.test', crossSite: false, bearerOnly: false },
    { origin: 'https://partner.test:8443', crossSite: true, bearerOnly: false },
    { origin: 'http://localhost:5173', crossSite: false, bearerOnly: false },
  ])
})

t.test(
  'native shells, extensions and files are for bearer mode alone, and so is an origin with the word',
  async (t) => {
    for (const origin of [
      'capacitor://localhost',
      'ionic://localhost',
      'tauri://localhost',
      'app://.',
      'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
      'moz-extension://01234567-89ab-cdef-0123-456789abcdef',
      'vscode-webview://x',
      'file://',
      'null',
      'https://app.example.test bearer',
      'https://*.preview.example.test bearer',
    ]) {
      for (const SPA_ORIGINS of new Set([origin, origin.replace(/( bearer)?$/, ' bearer')]))
        t.match(
          readConfig({ ...production, SPA_ORIGINS }).spaOrigins,
          [{ crossSite: false, bearerOnly: true }],
          SPA_ORIGINS,
        )
    }
  },
)

t.test('a pattern stands for hosts of one owner, and any port is for development', async (t) => {
  for (const domain of ['vercel.app', 'github.io', 'co.uk', 's3.amazonaws.com']) {
    const told = new RegExp(`SPA_ORIGINS may not have a pattern for hosts below ${domain}`)
    for (const env of [production, development])
      t.match(mistakes({ ...env, SPA_ORIGINS: `https://*.${domain}` }), told, domain)
    t.equal(mistakes({ ...production, SPA_ORIGINS: `https://*.mine.${domain}` }), '')
  }
  t.match(
    mistakes({ ...production, SPA_ORIGINS: 'http://localhost:*' }),
    /SPA_ORIGINS must name each port in production/,
  )
  t.equal(mistakes({ ...development, SPA_ORIGINS: 'http://localhost:*,http://127.0.0.1:*' }), '')
})

const local = createAllowedOrigins(readConfig({}).spaOrigins)
const preview = createAllowedOrigins(
  readConfig({
    ...production,
    SPA_ORIGINS: 'https://*.preview.example.test:8443,https://x.preview.example.test:8443 bearer',
  }).spaOrigins,
)

t.test('a pattern for a host stands for one label', async (t) => {
  for (const host of ['a', 'pr-12', 'x1', 'A'.toLowerCase()])
    t.ok(preview.find(`https://${host}.preview.example.test:8443`), host)
  t.match(preview.find('https://x.preview.example.test:8443'), { bearerOnly: true }, 'an exact entry comes first')
  for (const origin of [
    'https://preview.example.test:8443',
    'https://.preview.example.test:8443',
    'https://a.b.preview.example.test:8443',
    'https://a.preview.example.test',
    'https://a.preview.example.test:8443.evil.test',
    'https://a.preview-example.test:8443',
    'https://evil.test/.preview.example.test:8443',
    'https://evil.test#a.preview.example.test:8443',
    'https://a@b.preview.example.test:8443',
    'https://-a.preview.example.test:8443',
    'https://a..preview.example.test:8443',
    'https://A.preview.example.test:8443',
    'http://a.preview.example.test:8443',
    'https://a.previewxexample.test:8443',
    'https://*.preview.example.test:8443',
    `https://${'a'.repeat(64)}.preview.example.test:8443`,
    ' https://a.preview.example.test:8443',
    'https://a.preview.example.test:8443\n',
  ])
    t.equal(preview.find(origin)?.origin, origin.includes('*') ? origin : undefined, origin)
})

t.test('a pattern for a port stands for any port of this machine', async (t) => {
  for (const origin of ['http://localhost', 'http://localhost:5173', 'http://127.0.0.1:65535'])
    t.ok(local.find(origin), origin)
  for (const origin of [
    'https://localhost:5173',
    'http://localhost:',
    'http://localhost:5173/',
    'http://localhost:5173.evil.test',
    'http://localhost.evil.test:5173',
    'http://evil.test:5173',
    'http://127.0.0.2:5173',
    'http://localhost:123456',
    undefined,
    '',
  ])
    t.equal(local.find(origin), undefined, String(origin))
})

t.test('the default is no origin in production, and any port of this machine in development', async (t) => {
  t.strictSame(readConfig(production).spaOrigins, [])
  t.match(readConfig({}).spaOrigins, [{ origin: 'http://localhost:*' }, { origin: 'http://127.0.0.1:*' }])
})
