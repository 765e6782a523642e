/** What every example of server rendering must do. Its pages are `/` for a user who is signed in, and `/sign-in`. */
import type { Test } from 'tap'
import { freePort } from '../../src/database/embedded/free-port.ts'
import { openBrowser } from '../browser/chromium.ts'
import { generationOf } from '../packages/client/app.ts'
import { headerOf, type Jar, keep, signIn } from '../packages/client/server-app.ts'
import { password, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

/** A node on the site `localhost`, with a clock that can stay behind: tokens that it issues have then expired. */
export async function startAuthServer(t: Pick<Test, 'teardown'>) {
  const port = await freePort()
  let behindMs = 0
  const start = (databaseUrl?: string) =>
    startNode(t, {
      port,
      env: { PUBLIC_URL: `http://localhost:${port}` },
      clock: () => Date.now() - behindMs,
      ...(databaseUrl !== undefined && { databaseUrl }),
    })
  const node = await start()
  const { user } = await register(node.baseUrl)

  return {
    node,
    email: user.email,
    signIn: () => signIn(node, user.email),
    /** Signs in with an access token that has expired already. The refresh token works. */
    async signInLongAgo() {
      behindMs = 660_000
      try {
        return await signIn(node, user.email)
      } finally {
        behindMs = 0
      }
    },
    leave: () => node.app.close(),
    comeBack: () => start(node.databaseUrl),
  }
}

type AuthServer = Awaited<ReturnType<typeof startAuthServer>>

/** Requests a page as a browser with these cookies does. */
export async function open(url: string, jar: Jar) {
  const response = await fetch(url, { headers: { cookie: headerOf(jar) }, redirect: 'manual' })
  const { status, headers } = response
  return { status, text: await response.text(), headers, setCookies: headers.getSetCookie() }
}

const isSignIn = ({ status, headers }: Awaited<ReturnType<typeof open>>) =>
  status >= 300 && status < 400 && headers.get('location')?.endsWith('/sign-in')

export async function testRenderedPages(t: Test, pages: string, { node, email, ...auth }: AuthServer): Promise<void> {
  await t.test(
    'twenty renders at once with an expired access cookie: all have the user, by one rotation',
    async (t) => {
      const { jar, sessionId } = await auth.signInLongAgo()
      const all = await Promise.all(Array.from({ length: 20 }, () => open(pages, jar)))
      for (const { status, text, headers, setCookies } of all) {
        t.equal(status, 200)
        t.match(text, email)
        t.match(headers.get('cache-control'), 'no-store')
        t.match(headers.get('cache-control'), 'private')
        t.equal(setCookies.length, 2)
        for (const line of setCookies) t.match(line, /^(access|refresh)-\d+=[^;]+; Max-Age=[1-9]/)
      }
      t.equal(await generationOf(node, sessionId), 1)

      for (const { setCookies } of all) keep(jar, setCookies)
      const next = await open(pages, jar)
      t.match(next, { status: 200, setCookies: [] })
      t.match(next.text, email)
      t.equal(await generationOf(node, sessionId), 1)
    },
  )

  await t.test('a browser that has dropped the expired cookie goes on, render after render', async (t) => {
    const { jar, sessionId } = await auth.signIn()
    for (const generation of [1, 2, 3]) {
      for (const name of jar.keys()) if (name.startsWith('access-')) jar.delete(name)
      const { text, setCookies } = await open(pages, jar)
      t.match(text, email)
      keep(jar, setCookies)
      t.equal(await generationOf(node, sessionId), generation)
    }
  })

  await t.test('a session that has ended leads to the sign-in page, and no cookie is deleted', async (t) => {
    const { jar } = await auth.signIn()
    const token = [...jar].find(([name]) => name.startsWith('access-'))?.[1]
    const headers = { authorization: `Bearer ${token}` }
    await fetch(`${node.baseUrl}/auth/sessions?scope=all`, { method: 'DELETE', headers })
    for (const cookies of ['with the access cookie', 'with the refresh cookie alone']) {
      const answer = await open(pages, jar)
      t.ok(isSignIn(answer), `${cookies}: ${answer.status} ${answer.headers.get('location')}`)
      t.same(answer.setCookies, [])
      for (const name of jar.keys()) if (name.startsWith('access-')) jar.delete(name)
    }
    t.match(await open(`${pages}/sign-in`, jar), { status: 200, text: /type="password"/, setCookies: [] })
    t.ok(isSignIn(await open(pages, new Map())), 'a stranger')
  })

  await t.test('Chromium signs in and out, and nobody is signed out while the server is away', async (t) => {
    const { context } = await openBrowser(t)
    const page = await context.newPage()
    await page.goto(pages)
    await page.waitForURL('**/sign-in')
    await page.fill('[type=email]', email)
    await page.fill('[type=password]', 'not the password')
    await page.click('button')
    await page.waitForSelector('[role=alert]:has-text("password")')
    await page.fill('[type=password]', password)
    await page.click('button')
    await page.waitForSelector(`text=${email}`)
    const names = async () => (await context.cookies()).map(({ name }) => name.replace(/-\d+$/, '')).toSorted()
    t.same(await names(), ['access', 'device', 'refresh'])

    await auth.leave()
    await page.reload()
    await page.waitForSelector('text=You are not signed out')
    const { port } = new URL(node.config.publicUrl)
    await context.clearCookies({ name: `access-${port}` })
    await page.reload()
    await page.waitForSelector('text=You are not signed out')
    t.same(await names(), ['device', 'refresh'])

    await auth.comeBack()
    await page.reload()
    await page.waitForSelector(`text=${email}`)
    t.same(await names(), ['access', 'device', 'refresh'])
    await page.click('text=Sign out')
    await page.waitForURL('**/sign-in')
    t.same(await names(), ['device'])
    await page.goto(pages)
    await page.waitForURL('**/sign-in')
  })
}
