/** The domain of passkeys, the origins that may use them, and settings that cannot work together. */
import t from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { passkeyPlace, relatedOrigins } from '../../src/config/passkey-origins.ts'
import { configMistakes } from './config-mistakes.ts'

const placeOf = (env: Record<string, string>) => passkeyPlace(readConfig({ NODE_ENV: 'development', ...env }))

t.test('without settings, passkeys belong to the host of the pages, and the known origins may use them', async (t) => {
  t.strictSame(placeOf({}), {
    domain: 'localhost',
    origins: ['http://localhost:3000', 'http://localhost:*', 'http://127.0.0.1:*'],
  })
  const fingerprint = Array.from({ length: 32 }, () => '00').join(':')
  const place = placeOf({
    PUBLIC_URL: 'https://auth.example.com/id',
    APP_URL: 'https://example.com/app',
    SPA_ORIGINS: 'https://shop.example,capacitor://localhost,https://*.example.com',
    APPLE_APP_IDS: 'ABCDE12345.com.example.app',
    ANDROID_APPS: `com.example.app:${fingerprint}`,
  })
  t.strictSame(place, {
    domain: 'example.com',
    origins: [
      'https://auth.example.com',
      'https://example.com',
      'https://shop.example',
      'https://*.example.com',
      `android:apk-key-hash:${'A'.repeat(43)}`,
    ],
  })
  t.strictSame(relatedOrigins(place), ['https://shop.example'])
})

t.test('a setting replaces what follows from the others', async (t) => {
  const env = { PUBLIC_URL: 'https://auth.example.com', SPA_ORIGINS: 'https://app.example.com' }
  const chosen = { PASSKEY_DOMAIN: 'example.com', PASSKEY_ORIGINS: 'https://login.example.com, https://other.example' }
  t.strictSame(placeOf({ ...env, ...chosen }), {
    domain: 'example.com',
    origins: ['https://login.example.com', 'https://other.example'],
  })
  const apple = { APPLE_APP_IDS: 'ABCDE12345.com.example.app', PASSKEY_DOMAIN: 'example.com' }
  t.ok(placeOf({ ...env, ...apple }).origins.includes('https://example.com'), 'an iOS app has the origin of the domain')
})

t.test('what is no origin is refused', async (t) => {
  for (const text of [
    'https://app.example.com/',
    'app.example.com',
    'capacitor://localhost',
    'null',
    'https://app.example.com bearer',
    'android:apk-key-hash:AAAA',
    `android:apk-key-hash:${'A'.repeat(43)}=`,
    'https://*.com',
    'https://a.example,https://a.example',
  ])
    t.match(configMistakes({ PASSKEY_ORIGINS: text }), 'PASSKEY_ORIGINS must be origins', text)
})

t.test('a domain that is no domain of one owner is refused', async (t) => {
  for (const domain of ['192.0.2.1', 'https://example.com', 'com', 'example', '...'])
    t.match(configMistakes({ PASSKEY_DOMAIN: domain }), 'PASSKEY_DOMAIN must be a domain', domain)
  t.match(configMistakes({ PASSKEY_DOMAIN: 'co.uk' }), 'PASSKEY_DOMAIN must not be a domain below which anybody')
  t.match(configMistakes({ PASSKEY_DOMAIN: 'vercel.app' }), 'PASSKEY_DOMAIN must not be a domain below which anybody')
})

t.test('settings that cannot work together are refused', async (t) => {
  const server = { NODE_ENV: 'development', PUBLIC_URL: 'https://auth.example.com' }
  const mistakes = (env: Record<string, string>) => configMistakes({ ...server, ...env })
  t.match(
    mistakes({ PASSKEY_DOMAIN: 'other.example' }),
    'PASSKEY_DOMAIN must have an origin whose host is other.example',
  )
  t.match(mistakes({ PASSKEY_ORIGINS: 'https://other.example' }), 'PASSKEY_ORIGINS must have an origin whose host')
  t.match(mistakes({ PASSKEY_DOMAIN: 'ample.com' }), 'PASSKEY_DOMAIN must have', 'the end of a name is not its domain')
  const mine = 'https://auth.example.com'
  t.match(mistakes({ PASSKEY_ORIGINS: `${mine},http://app.example.com` }), 'PASSKEY_ORIGINS must be https')
  t.match(mistakes({ PASSKEY_ORIGINS: `${mine},http://localhost:3000` }), 'PASSKEY_ORIGINS may have patterns and http')
  t.match(
    mistakes({ PASSKEY_ORIGINS: `${mine},https://*.other.example` }),
    'PASSKEY_ORIGINS may have patterns and http',
  )
  const names = ['one', 'two', 'three', 'four', 'five', 'six'].map((name) => `https://${name}.com`)
  t.equal(mistakes({ PASSKEY_ORIGINS: [mine, ...names.slice(1)].join() }), '')
  t.match(mistakes({ PASSKEY_ORIGINS: [mine, ...names].join() }), 'related origins of 5 names')
  t.equal(mistakes({ PASSKEY_ORIGINS: [mine, 'https://a.shop.com', 'https://a.shop.de'].join() }), '', 'one name')
  t.equal(mistakes({ PASSKEY_ORIGINS: `android:apk-key-hash:${'A'.repeat(43)}` }), '', 'an app alone')
  t.equal(mistakes({}), '')
  t.equal(configMistakes({ PUBLIC_URL: 'http://192.0.2.1', NODE_ENV: 'development' }), '', 'without passkeys it works')
})
