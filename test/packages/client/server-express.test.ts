/** The lines for Express in the guide: the headers of its requests and its responses fit. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import t from 'tap'
import type { ServerSession } from '../../../packages/client/src/server/index.ts'
import { headerOf, keep, startSite } from './server-app.ts'

const site = await startSite(t)

t.test('an app of Express reads the session, and its answers set the new cookies', async (t) => {
  const { readSession } = site.serve()
  const app = express()
  app.use(async (request, response, next) => {
    const found = await readSession(request.headers.cookie)
    response.locals['session'] = found.session
    found.applyTo(response)
    next()
  })
  app.get('/', (_request, response) => {
    const session = response.locals['session'] as ServerSession | null
    response.json(session?.user?.email ?? null)
  })
  const server = createServer(app)
  t.teardown(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

  const { jar } = await site.signIn()
  site.expire()
  const open = (cookie: string) => fetch(url, { headers: { cookie } })
  const response = await open(headerOf(jar))
  t.equal(await response.json(), site.email)
  t.equal(response.headers.get('cache-control'), 'private, no-store')
  keep(jar, response.headers.getSetCookie())
  const next = await open(headerOf(jar))
  t.equal(await next.json(), site.email)
  t.same(next.headers.getSetCookie(), [])
  t.equal(await (await open('')).json(), null)
})
