/** @countersign/client/passkeys in Chromium, with a virtual authenticator and a real server. */
/// <reference lib="dom" />
import t from 'tap'
import type * as Passkeys from '../../packages/client/src/passkeys/index.ts'
import { skip } from './authority.ts'
import { openBrowser } from './chromium.ts'
import { openTab, serveClient } from './client-page.ts'
import { addAuthenticator, credentialsOf } from './passkey-page.ts'
import { startSites } from './sites.ts'

// A browser is slow to start where the cores are busy.
t.setTimeout(290_000)

declare global {
  interface Window {
    passkeys: typeof Passkeys
  }
}

await t.test('passkeys by the client, in cookie mode', { skip }, async (test) => {
  const sites = await startSites(test, { env: { PASSKEY_DOMAIN: 'example.test' } })
  const { context } = await openBrowser(test, sites)
  await serveClient(context)
  const page = await openTab(context, sites)
  await page.evaluate(async () => {
    window.passkeys = (await import(new URL('/client/passkeys/index.ts', location.href).href)) as typeof Passkeys
  })
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  const device = await addAuthenticator(cdp, { resident: true, verifies: true, synced: true })
  const status = () => page.evaluate(() => window.app.client.state().status)

  await test.test('a passkey opens an account without a password, and signs in', async (t) => {
    const result = await page.evaluate(() =>
      window.passkeys.registerWithPasskey(window.app.client, { email: 'ada@example.com', passkeyName: 'My phone' }),
    )
    t.match(result, { status: 'signed_in', user: { email: 'ada@example.com' } })
    t.equal('recoveryCodes' in result && result.recoveryCodes?.length, 10)
    t.equal(await status(), 'signed_in')
    t.equal((await credentialsOf(cdp, device)).length, 1)
    t.notOk(JSON.stringify(result).includes('token'), 'the app gets no token')
  })

  await test.test('the passkey alone signs in, and signs in again', async (t) => {
    await page.evaluate(() => window.app.client.signOut())
    t.equal(await status(), 'signed_out')
    const result = await page.evaluate(() => window.passkeys.signInWithPasskey(window.app.client))
    t.match(result, { status: 'signed_in', user: { email: 'ada@example.com' } })
    const again = await page.evaluate(() => window.passkeys.reauthenticateWithPasskey(window.app.client))
    t.match(again, { status: 'signed_in' })
    t.same(await page.evaluate(async () => (await window.app.client.api.whoami()).amr), ['swk', 'mfa'])
  })

  await test.test('a second passkey is added on another authenticator, and the session goes on', async (t) => {
    await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: device })
    await addAuthenticator(cdp, { resident: true, verifies: true })
    const added = await page.evaluate(() => window.passkeys.addPasskey(window.app.client, { name: 'My key' }))
    t.match(added, { factor: { kind: 'passkey', name: 'My key', synced: false } })
    const { factors } = await page.evaluate(() => window.app.client.api.listFactors())
    t.same(new Set(factors.map(({ name }) => name)), new Set(['My phone', 'My key']))
  })

  await test.test('a passkey that the server does not know is forgotten by the browser', async (t) => {
    await sites.node.database.pool.query("DELETE FROM factors WHERE name = 'My key'")
    await page.evaluate(() => window.app.client.signOut())
    const code = await page.evaluate(() =>
      window.passkeys.signInWithPasskey(window.app.client).catch((error) => (error as { code?: string }).code),
    )
    t.equal(code, 'unknown_passkey')
    t.equal(await status(), 'signed_out')
  })

  await test.test('a user who stops gets an AbortError, and may begin again', async (t) => {
    const name = await page.evaluate(async () => {
      const stop = new AbortController()
      const waiting = window.passkeys.signInWithPasskey(window.app.client, { conditional: true, signal: stop.signal })
      stop.abort()
      return waiting.catch((error) => (error as Error).name)
    })
    t.equal(name, 'AbortError')
  })
})
