import t from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { configMistakes as mistakes } from './config-mistakes.ts'

t.test('an empty environment is a development server on port 3000', async (t) => {
  t.match(readConfig({}), {
    production: false,
    port: 3000,
    publicUrl: 'http://localhost:3000',
    accessTokenSeconds: 600,
  })
})

t.test('empty variables count as unset, and unknown ones are ignored', async (t) => {
  t.equal(readConfig({ PORT: '', HOME: '/root' }).port, 3000)
})

t.test('production refuses all development defaults in one message that names each', async (t) => {
  const message = mistakes({ NODE_ENV: 'production' })
  for (const name of ['DATABASE_URL', 'COUNTERSIGN_SECRET', 'PUBLIC_URL', 'SMTP_URL', 'MAIL_FROM'])
    t.match(message, `${name} must be set`)
  t.match(mistakes({ NODE_ENV: 'production', PUBLIC_URL: 'http://auth.example.com' }), /PUBLIC_URL must be https/)
})

t.test('an address that others can reach means production, unless development is asked for', async (t) => {
  const reachable = ['https://auth.example.com', 'https://localhost:3000', 'http://192.168.1.5:3000', 'http://auth.lan']
  for (const PUBLIC_URL of reachable) {
    const message = mistakes({ PUBLIC_URL })
    for (const name of ['DATABASE_URL', 'COUNTERSIGN_SECRET', 'SMTP_URL', 'MAIL_FROM'])
      t.match(message, `${name} must be set in production`, PUBLIC_URL)
    t.match(message, /NODE_ENV must be set to development for a development server at this PUBLIC_URL/)
    t.notMatch(message, PUBLIC_URL, 'the value is not shown')
    t.match(readConfig({ PUBLIC_URL, NODE_ENV: 'development' }), { production: false, docs: true, spaOrigins: [] })
  }
  for (const PUBLIC_URL of ['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]', 'http://auth.localhost'])
    t.match(readConfig({ PUBLIC_URL }), { production: false, docs: true }, PUBLIC_URL)
})

t.test('with every setting of production, NODE_ENV need not be set', async (t) => {
  const complete = {
    DATABASE_URL: 'postgresql://db/auth',
    COUNTERSIGN_SECRET: 's'.repeat(32),
    PUBLIC_URL: 'https://auth.example.com',
    SMTP_URL: 'smtp://mail.example.com',
    MAIL_FROM: 'auth@example.com',
  }
  t.match(readConfig(complete), { production: true, docs: false, spaOrigins: [] })
  t.match(readConfig({ ...complete, DOCS: 'on' }), { production: true, docs: true })
})

t.test('all invalid settings are reported together, by name and without their values', async (t) => {
  const env = {
    PORT: '70000',
    COUNTERSIGN_SECRET: 'too-short-and-secret',
    PASSWORD_PEPPERS: 'p1:hunter2',
    SERVICE_CREDENTIALS: 'billing:hunter2',
    DATABASE_URL: 'mysql://me:hunter2@db',
    PUBLIC_URL: 'https://a.example/%70ath',
    SIGNING_ALG: 'none',
    ACCESS_TOKEN_SECONDS: '1e3',
    REFRESH_LEEWAY_SECONDS: '-1',
    BCRYPT_COST: '4',
    LOG_LEVEL: 'loud',
  }
  const message = mistakes(env)
  for (const name of Object.keys(env)) t.match(message, `\n  ${name} must`)
  for (const secret of ['too-short', 'hunter2']) t.notOk(message.includes(secret), secret)
})

t.test('settings that contradict each other are refused', async (t) => {
  t.match(
    mistakes({ SESSION_IDLE_SECONDS: '600', SESSION_MAX_SECONDS: '60' }),
    /SESSION_IDLE_SECONDS must not be longer/,
  )
  t.match(mistakes({ PORT: '0' }), /PORT may be 0/)
})

t.test('secrets and peppers are lists, newest first', async (t) => {
  const [a, b] = ['a'.repeat(32), 'b'.repeat(32)]
  t.same(readConfig({ COUNTERSIGN_SECRET: `${a}, ${b}` }).secrets, [a, b])
  t.match(mistakes({ COUNTERSIGN_SECRET: `${a},${a}` }), /different secrets/)
  t.same(readConfig({ PASSWORD_PEPPERS: `2:${a},1:${b}` }).passwordPeppers, [
    { id: '2', key: a },
    { id: '1', key: b },
  ])
})

t.test('service credentials are pairs of an id and a long secret, each id once', async (t) => {
  const [a, b] = ['a:b+c%/=' + 'a'.repeat(24), 'b'.repeat(256)]
  t.same(readConfig({}).serviceCredentials, [])
  t.same(readConfig({ SERVICE_CREDENTIALS: `billing:${a}, Reports_2-b:${b}` }).serviceCredentials, [
    { id: 'billing', secret: a },
    { id: 'Reports_2-b', secret: b },
  ])
  const wrong = [
    `x:${a},x:${b}`,
    `x:${a},`,
    a.slice(2),
    `:${a}`,
    `x y:${a}`,
    `${'x'.repeat(33)}:${b}`,
    `x:${b}b`,
    `x:${b.slice(225)}`,
  ]
  for (const text of [...wrong, `x:${a} ${a}`, `x:${a}é`]) {
    t.match(mistakes({ SERVICE_CREDENTIALS: text }), /SERVICE_CREDENTIALS must be id:secret pairs/, text)
  }
})

t.test('COOKIE_DOMAIN is the domain of an https PUBLIC_URL, or one above it', async (t) => {
  const at = (PUBLIC_URL: string, COOKIE_DOMAIN: string) =>
    mistakes({ NODE_ENV: 'development', PUBLIC_URL, COOKIE_DOMAIN })
  for (const domain of ['auth.example.com', 'example.com']) t.equal(at('https://auth.example.com', domain), '', domain)
  for (const domain of ['other.com', 'ample.com', 'x.auth.example.com'])
    t.match(
      at('https://auth.example.com', domain),
      /COOKIE_DOMAIN must be the domain of the host in PUBLIC_URL/,
      domain,
    )
  for (const domain of ['com', '.example.com', 'example.com.', 'EXAMPLE.com', 'example.com; Path=/', '127.0.0.1', '*'])
    t.match(at('https://auth.example.com', domain), /COOKIE_DOMAIN must be a domain such as example.com/, domain)
  t.match(at('http://auth.example.com', 'example.com'), /and PUBLIC_URL must be https/)
  t.match(mistakes({ COOKIE_DOMAIN: 'example.com' }), /and PUBLIC_URL must be https/)
})

t.test('PUBLIC_URL and APP_URL may have a path, which two parsers cannot read in two ways', async (t) => {
  const { publicUrl, publicPath, audience, appUrl } = readConfig({
    NODE_ENV: 'development',
    PUBLIC_URL: 'https://example.com/a/id/',
    APP_URL: 'https://example.com/app/',
  })
  t.same([publicUrl, publicPath], ['https://example.com/a/id', '/a/id'])
  t.equal(audience, publicUrl)
  t.equal(appUrl, 'https://example.com/app')
  t.match(readConfig({ PUBLIC_URL: 'http://localhost:3000/' }), { publicUrl: 'http://localhost:3000', publicPath: '' })
  t.match(readConfig({ PUBLIC_URL: 'http://localhost:3000/id' }), { production: false }, 'this machine is development')

  for (const path of [
    '//',
    '//id',
    '/id//',
    '/id//x',
    '/.',
    '/..',
    '/../id',
    '/id/.',
    '/.well-known',
    '/%69d',
    '/i d',
    '/é',
    '/id?x',
    '/id?',
    '/id#x',
    '/id;x',
    '\\id',
    '/id\n',
    `/${'a'.repeat(100)}`,
  ]) {
    for (const name of ['PUBLIC_URL', 'APP_URL'])
      t.match(mistakes({ [name]: `https://example.com${path}` }), `${name} must be an address`, path)
  }
  for (const PUBLIC_URL of [
    'example.com/id',
    'ftp://example.com',
    'https://u@example.com/id',
    'https://*.example.com',
    'https://EXAMPLE.com',
    'https://example.com:443/id',
  ])
    t.match(mistakes({ PUBLIC_URL }), /PUBLIC_URL must be an address/, PUBLIC_URL)
})
