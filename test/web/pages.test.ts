/** Who gets a page, and who gets JSON. */
import t from 'tap'
import { startNode } from '../setup/node.ts'

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
const accepts: readonly (readonly [accept: string | undefined, html: boolean])[] = [
  [browser, true],
  ['TEXT/HTML', true],
  ['text/html;q=0.5, application/json;q=0.1', true],
  [undefined, false],
  ['*/*', false],
  ['application/json', false],
  ['application/json, text/plain, */*', false],
  ['application/problem+json, text/html', false],
  ['text/html;q=0', false],
  ['text/html;q=0.000, */*', false],
  ['', false],
]

const node = await startNode(t, { mail: true, env: { APP_NAME: 'Ada <&> Co', APP_LOGO: 'https://cdn.example/a.png' } })
const ask = (path: string, accept: string | undefined) =>
  node.app.inject({ url: path, headers: accept === undefined ? {} : { accept } })

t.test('browsers get pages, and programs get JSON', async (t) => {
  for (const [accept, html] of accepts) {
    const home = await ask('/', accept)
    t.equal(home.statusCode, 200)
    t.equal(home.headers['content-type'], html ? 'text/html; charset=utf-8' : 'application/json', `/ for ${accept}`)
    const lost = await ask('/nowhere', accept)
    t.equal(lost.statusCode, 404)
    t.equal(
      lost.headers['content-type'],
      html ? 'text/html; charset=utf-8' : 'application/problem+json',
      `404 for ${accept}`,
    )
  }
})

t.test('programs learn what there is', async (t) => {
  const { links } = (await ask('/', '*/*')).json()
  t.match(links, { docs: '/docs', openapi: '/openapi.yaml', mailbox: '/dev/mailbox', health: '/readyz' })
  for (const path of Object.values<string>(links)) t.equal((await ask(path, '*/*')).statusCode, 200, path)
})

t.test('without docs and in production, the start page names neither docs nor mailbox', async (t) => {
  const { app } = await startNode(t, { env: { DOCS: 'off' } })
  t.same(Object.keys((await app.inject('/')).json().links), ['health', 'keys', 'metadata'])
})

t.test('the name is escaped, and the policy allows the logo and no script but ours', async (t) => {
  for (const path of ['/', '/nowhere', '/verify-email', '/dev/mailbox', '/docs']) {
    const { body, headers } = await ask(path, browser)
    t.match(body, 'Ada &lt;&amp;&gt; Co', path)
    t.match(
      headers['content-security-policy'],
      /script-src 'self'; .*img-src 'self' data: https:\/\/cdn\.example;/,
      path,
    )
    t.notMatch(headers['content-security-policy'], /unsafe/)
    t.notMatch(body, /<script(?![^>]* src=)|<style|\son[a-z]+=|\sstyle=/, `${path} has no inline script or style`)
  }
})

t.test('a logo cannot add to the policy', async (t) => {
  const start = (APP_LOGO: string) => startNode(t, { env: { APP_LOGO } })
  for (const logo of [
    'https://a.example/x;script-src *',
    'https://a.example, x',
    'http://a.example/x.png',
    'javascript:1',
    '//a',
  ]) {
    await t.rejects(start(logo), { name: 'ConfigError' }, logo)
  }
})

t.test('there is an icon', async (t) => {
  for (const path of ['/favicon.svg', '/favicon.ico']) {
    const { headers, body } = await ask(path, '*/*')
    t.equal(headers['content-type'], 'image/svg+xml')
    t.match(body, /^<svg /)
  }
})
