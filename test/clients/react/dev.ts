/** The example as Vite serves it in development, where StrictMode runs effects twice. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from '../../../src/database/embedded/free-port.ts'
import { openBrowser } from '../../browser/chromium.ts'
import { asksIn, enter, greets } from '../../browser/users.ts'
import { startNode } from '../../setup/node.ts'

export async function testDevelopment(t: Test, example: string): Promise<void> {
  const [port, appPort] = [await freePort(), await freePort()]
  const baseUrl = `http://localhost:${port}`
  await startNode(t, { port, env: { PUBLIC_URL: baseUrl } })
  const vite = spawn(
    process.execPath,
    [join(example, 'node_modules/vite/bin/vite.js'), '--port', `${appPort}`, '--strictPort'],
    {
      cwd: example,
      env: { ...process.env, NODE_OPTIONS: '', VITE_AUTH_URL: baseUrl },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  t.teardown(async () => {
    if (vite.kill()) await once(vite, 'exit')
  })
  await once(vite.stdout, 'data')
  const { context } = await openBrowser(t)
  const page = await context.newPage()
  const asked: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.startsWith('/auth/')) asked.push(`${request.method()} ${pathname}`)
  })
  const open = async () => {
    await page.goto(`http://localhost:${appPort}`)
    await asksIn(page)
  }
  // Vite may load the page again when it has found all its modules.
  await open()
  asked.length = 0
  await open()
  await enter(page, 'Register', 'ada@example.com')
  await greets(page, 'ada@example.com')
  // The offer of passkeys of the page before may come late.
  const own = asked.filter((one) => one !== 'POST /auth/login/passkey/options')
  t.same(own, ['GET /auth/session', 'POST /auth/register'])
}
