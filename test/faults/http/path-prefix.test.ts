/** Countersign under a path of a host, behind nginx with the lines of the guide. */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { call, password } from '../../setup/client.ts'
import { freePort } from '../../setup/free-port.ts'
import { noBalancer, startNginx } from '../../setup/nginx.ts'
import { startNode } from '../../setup/node.ts'
import { cookiesAfter } from '../../setup/set-cookies.ts'

const guide = await readFile('docs/guides/deploying.md', 'utf8')
const [passedOn = '', stripped = ''] = [...guide.matchAll(/```nginx\n([^]*?)```/g)].flatMap(([, lines]) => lines ?? [])

for (const [name, lines] of Object.entries({ 'passes the path on': passedOn, 'strips the path': stripped })) {
  await t.test(`behind nginx that ${name}`, { skip: noBalancer }, async (t) => {
    const port = await freePort()
    const origin = `http://127.0.0.1:${port}`
    const publicUrl = `${origin}/id`
    const node = await startNode(t, { env: { PUBLIC_URL: publicUrl, TRUSTED_PROXIES: '127.0.0.1' } })
    t.match(lines, 'proxy_pass http://127.0.0.1:3000')
    const ours = lines.replaceAll('127.0.0.1:3000', new URL(node.baseUrl).host)
    const http = `server { listen 127.0.0.1:${port}; location / { return 404; } ${ours} }`
    await startNginx(t, { port, http })

    for (const place of ['/.well-known/oauth-authorization-server/id', '/id/.well-known/oauth-authorization-server']) {
      const { body } = await call(origin + place)
      t.equal(body['issuer'], publicUrl, place)
      t.match(await call(String(body['jwks_uri'])), { status: 200, body: { keys: Array } })
    }
    t.match(await call(`${publicUrl}/docs/json`), { status: 200, body: { servers: [{ url: '/id' }] } })

    const opened = await fetch(`${publicUrl}/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-auth-mode': 'cookie', origin },
      body: JSON.stringify({ email: 'ada@example.com', password }),
    })
    t.equal(opened.status, 201)
    const me = await fetch(`${publicUrl}/auth/me`, { headers: { cookie: cookiesAfter(opened) } })
    t.match(await me.json(), { email: 'ada@example.com' })

    const isOurs = async (path: string) => (await fetch(origin + path)).headers.has('x-request-id')
    for (const path of ['/', '/idx/livez', '/livez', '/.well-known/jwks.json']) t.notOk(await isOurs(path), path)
    t.ok(await isOurs('/id/livez'))
  })
}
