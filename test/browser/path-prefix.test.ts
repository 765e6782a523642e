/** Countersign under a path of a host, behind nginx with the lines of the guide: the pages, the cookies and the links, in Chromium. */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { call, password, register } from '../setup/client.ts'
import { freePort } from '../setup/free-port.ts'
import { noBalancer, startNginx } from '../setup/nginx.ts'
import { startNode } from '../setup/node.ts'
import { mailsTo } from '../setup/read-mails.ts'
import { createAuthority, skip as noAuthority } from './authority.ts'
import { openBrowser } from './chromium.ts'

t.setTimeout(290_000)

const guide = await readFile('docs/guides/deploying.md', 'utf8')
const [passedOn = '', stripped = ''] = [...guide.matchAll(/```nginx\n([^]*?)```/g)].flatMap(([, lines]) => lines ?? [])

for (const [name, lines] of Object.entries({ 'passes the path on': passedOn, 'strips the path': stripped })) {
  await t.test(`behind nginx that ${name}`, { skip: noBalancer || noAuthority }, async (t) => {
    const { home } = await createAuthority(t, ['shared.test'])
    const port = await freePort()
    const publicUrl = `https://shared.test:${port}/id`
    const node = await startNode(t, { env: { PUBLIC_URL: publicUrl, TRUSTED_PROXIES: '127.0.0.1' } })
    t.match(lines, 'proxy_pass http://127.0.0.1:3000')
    await startNginx(t, {
      port,
      http: `server {
        listen 127.0.0.1:${port} ssl;
        ssl_certificate ${home}/hosts.pem; ssl_certificate_key ${home}/hosts.key;
        location / { default_type text/html; return 200 "<!doctype html><title>Another app</title>"; }
        ${lines.replaceAll('127.0.0.1:3000', new URL(node.baseUrl).host)}
      }`,
    })
    const { context, record } = await openBrowser(t, { home })
    const page = await context.newPage()
    await page.goto(new URL('/', publicUrl).href)
    /** Asks from a page of the same host. */
    const get = (path: string) =>
      page.evaluate(async (url) => {
        const answer = await fetch(url)
        return { ours: answer.headers.has('x-request-id'), text: await answer.text() }
      }, new URL(path, publicUrl).href)

    await t.test('the metadata is at both places, and leads to the keys', async (t) => {
      for (const place of [
        '/.well-known/oauth-authorization-server/id',
        '/id/.well-known/oauth-authorization-server',
      ]) {
        const metadata = JSON.parse((await get(place)).text)
        t.equal(metadata.issuer, publicUrl, place)
        t.match(JSON.parse((await get(metadata.jwks_uri)).text), { keys: Array })
      }
    })

    await t.test('the reference page calls the server, which sets its cookies', async (t) => {
      const opened = await page.goto(`${publicUrl}/docs/`)
      t.equal(opened?.status(), 200)
      await page.locator('.opblock').first().waitFor()
      const status = await page.evaluate(
        async (body) => {
          const api = await (await fetch('json')).json()
          const [server] = api.servers
          const address = `${server.url}/auth/register`
          const headers = { 'content-type': 'application/json', 'x-auth-mode': 'cookie' }
          const answer = await fetch(address, { method: 'POST', headers, body })
          await answer.text()
          return answer.status
        },
        JSON.stringify({ email: 'ada@example.com', password }),
      )
      t.equal(status, 201)
      const cookies = await context.cookies(publicUrl)
      t.same(cookies.map((cookie) => cookie.name).toSorted(), [
        '__Host-Http-access',
        '__Host-Http-device',
        '__Host-Http-refresh',
      ])
      const me = await page.evaluate(async () => (await fetch('../auth/me')).json())
      t.match(me, { email: 'ada@example.com' })
    })

    await t.test('a link in a mail leads to its page, which works', async (t) => {
      await register(node.baseUrl, 'grace@example.com')
      await call(`${node.baseUrl}/auth/password/forgot`, { body: { email: 'grace@example.com' } })
      await node.app.afterAnswers()
      const [mail] = await mailsTo(node, 'grace@example.com')
      const link = /^https:\S+$/m.exec(mail?.text ?? '')?.[0] ?? ''
      t.ok(link.startsWith(`${publicUrl}/reset-password#`), link)
      await page.goto(link)
      await page.getByLabel('New password').fill('a brand new password')
      await page.getByRole('button', { name: 'Set the password' }).click()
      await page.getByText('Your password was changed').waitFor()
      const login = { email: 'grace@example.com', password: 'a brand new password' }
      t.equal((await call(`${node.baseUrl}/auth/login`, { body: login })).status, 200)
    })

    await t.test('no other path leads to the server', async (t) => {
      const isOurs = async (path: string) => (await get(path)).ours
      for (const path of ['/', '/idx/livez', '/livez', '/id/../livez', '/.well-known/jwks.json'])
        t.notOk(await isOurs(path), path)
      t.ok(await isOurs('/id/livez'))
    })

    t.same(record.errors, [], 'nothing went wrong on a page, nor against its policy')
    t.same([...record.origins], [new URL(publicUrl).origin])
  })
}
