/** The files by which phones learn which apps may open the links of this server. */
import t from 'tap'
import { configMistakes } from '../config/config-mistakes.ts'
import { startNode } from '../setup/node.ts'

const prints = ['14', 'ab'].map((pair) => Array.from({ length: 32 }, () => pair).join(':'))
const [first, second] = prints.map((print) => print.toUpperCase())
const apple = '/.well-known/apple-app-site-association'
const android = '/.well-known/assetlinks.json'

t.test('the files list the apps of the settings, as JSON and without a redirect', async (t) => {
  const node = await startNode(t, {
    env: {
      APPLE_APP_IDS: 'ABCDE12345.com.example.app, 0123456789.com.example.shop-app',
      ANDROID_APPS: [
        `com.example.app:${prints[0]}`,
        `com.example.Shop:${prints[0]}`,
        `com.example.app:${prints[1]}`,
      ].join(),
      // The links of mails may lead elsewhere. Saved passwords and passkeys still belong to this server.
      APP_URL: 'https://app.example.com',
    },
  })
  const read = async (path: string) => {
    const response = await fetch(`${node.baseUrl}${path}`, { redirect: 'manual' })
    t.equal(response.status, 200, path)
    t.equal(response.headers.get('content-type'), 'application/json', path)
    t.equal(response.headers.get('cache-control'), 'public, max-age=3600', path)
    return response.json()
  }
  const ids = ['ABCDE12345.com.example.app', '0123456789.com.example.shop-app']
  const components = ['/open-account', '/verify-email', '/change-email', '/reset-password', '/sign-in'].map((path) => ({
    '/': path,
  }))
  t.strictSame(await read(apple), {
    applinks: { details: [{ appIDs: ids, components }] },
    webcredentials: { apps: ids },
  })
  const relation = ['delegate_permission/common.handle_all_urls', 'delegate_permission/common.get_login_creds']
  const target = (name: string, fingerprints: readonly (string | undefined)[]) => ({
    relation,
    target: { namespace: 'android_app', package_name: name, sha256_cert_fingerprints: fingerprints },
  })
  t.strictSame(await read(android), [target('com.example.app', [first, second]), target('com.example.Shop', [first])])
})

t.test('without an app of its kind, a file does not exist', async (t) => {
  const none = await startNode(t)
  const onlyApple = await startNode(t, { env: { APPLE_APP_IDS: 'ABCDE12345.com.example.app' } })
  const status = async (node: typeof none, path: string) => (await fetch(`${node.baseUrl}${path}`)).status
  t.same([await status(none, apple), await status(none, android)], [404, 404])
  t.same([await status(onlyApple, apple), await status(onlyApple, android)], [200, 404])
})

t.test('settings that no phone would understand are refused', async (t) => {
  for (const text of [
    'com.example.app',
    'ABCDE12345',
    'ABCDE12345.app',
    'abcde12345.com.example.app',
    'ABCDE1234.com.example.app',
    'ABCDE12345.com.example.*',
    'ABCDE12345.com..app',
    'ABCDE12345.com.example.app,',
    'ABCDE12345.com.example.app,ABCDE12345.com.example.app',
    `ABCDE12345.com.${'a'.repeat(200)}`,
  ]) {
    t.match(configMistakes({ APPLE_APP_IDS: text }), /APPLE_APP_IDS must be ids such as/, text)
  }
  for (const text of [
    'com.example.app',
    first ?? '',
    `com.example.app:${first?.slice(3)}`,
    `com.example.app:${first}:14`,
    `com.example.app:${first?.replaceAll(':', '')}`,
    `com.example.app:${first?.replace('1', 'g')}`,
    `app:${first}`,
    `com.1example:${first}`,
    `com.example.app:${first},`,
  ]) {
    t.match(configMistakes({ ANDROID_APPS: text }), /ANDROID_APPS must be apps such as/, text)
  }
})
