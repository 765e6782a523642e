/** Passkeys in a real browser, with its virtual authenticators. */
/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import t from 'tap'
import { password } from '../setup/client.ts'
import { skip } from './authority.ts'
import { openBrowser } from './chromium.ts'
import { addAuthenticator, ask, create, credentialsOf, get, openPasskeyPage, serveLibrary } from './passkey-page.ts'
import { startSites } from './sites.ts'

t.setTimeout(290_000)

let users = 0

t.test('passkeys', { skip }, async (t) => {
  const sites = await startSites(t, { env: { PASSKEY_DOMAIN: 'example.test' } })
  const { context } = await openBrowser(t, sites)
  await serveLibrary(context)
  const { api } = sites
  const post = (page: Page, path: string, body?: unknown, token?: string) => ask(page, api, path, body, token)

  async function register(page: Page) {
    const email = `user-${++users}@example.test`
    const { body } = await post(page, '/auth/register', { email, password })
    return { email, token: String(body['access_token']), refresh: String(body['refresh_token']) }
  }
  async function add(page: Page, token: string) {
    const { body: options } = await post(page, '/auth/factors/passkeys/options', undefined, token)
    const credential = await create(page, options)
    return { credential, answer: await post(page, '/auth/factors/passkeys', { credential }, token) }
  }
  const signIn = async (page: Page) => {
    const { body: options } = await post(page, '/auth/login/passkey/options')
    return post(page, '/auth/login/passkey', { credential: await get(page, options) })
  }

  await t.test('a resident passkey signs in alone, and within a session again', async (t) => {
    const { page, cdp } = await openPasskeyPage(context, sites)
    for (const synced of [false, true]) {
      const authenticator = await addAuthenticator(cdp, { resident: true, verifies: true, synced })
      const { email, token } = await register(page)
      const { answer } = await add(page, token)
      t.match(answer, { status: 201, body: { factor: { kind: 'passkey', synced } } })
      const { status, body } = await signIn(page)
      t.equal(status, 200)
      t.match(body, { status: 'signed_in', user: { email } })
      const fresh = String(body['access_token'])
      const { body: options } = await post(page, '/auth/reauthenticate/passkey/options', undefined, fresh)
      const again = await post(page, '/auth/reauthenticate', { credential: await get(page, options) }, fresh)
      t.match(again, { status: 200, body: { session_id: body['session_id'] } })
      const { body: more } = await post(
        page,
        '/auth/factors/passkeys/options',
        undefined,
        String(again.body['access_token']),
      )
      t.equal(await create(page, more), 'InvalidStateError', 'the authenticator has a passkey of this user')
      await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: authenticator })
    }
    await page.close()
  })

  await t.test('a security key that stores no passkey and asks for no PIN is a second factor', async (t) => {
    const { page, cdp } = await openPasskeyPage(context, sites)
    await addAuthenticator(cdp, { resident: false, verifies: false })
    const { email, token } = await register(page)
    t.equal((await add(page, token)).answer.status, 201)
    const { body } = await post(page, '/auth/login', { email, password })
    t.match(body, { status: 'factor_required', factors: ['passkey', 'recovery_code'] })
    const attempt = body['attempt']
    const { body: options } = await post(page, '/auth/login/passkey/options', { attempt })
    const credential = await get(page, options)
    t.match(await post(page, '/auth/login/passkey', { credential, attempt }), {
      status: 200,
      body: { status: 'signed_in' },
    })
    t.match((await signIn(page)).status, 400, 'the browser has no passkey for a sign-in without a password')
    await page.close()
  })

  await t.test('the browser offers a passkey in the field of the email', async (t) => {
    const { page, cdp } = await openPasskeyPage(context, sites)
    await addAuthenticator(cdp, { resident: true, verifies: true })
    const { email, token } = await register(page)
    t.equal((await add(page, token)).answer.status, 201)
    const { body: options } = await post(page, '/auth/login/passkey/options')
    const credential = await page.evaluate(async (optionsJSON) => {
      document.body.innerHTML = '<input autocomplete="username webauthn">'
      const { startAuthentication } = await import(new URL('/webauthn/index.js', location.href).href)
      return startAuthentication({ optionsJSON, useBrowserAutofill: true })
    }, options)
    t.match(await post(page, '/auth/login/passkey', { credential }), { status: 200, body: { user: { email } } })
    await page.close()
  })

  await t.test('a copied passkey is found out by its counter', async (t) => {
    const { page, cdp } = await openPasskeyPage(context, sites)
    const authenticatorId = await addAuthenticator(cdp, { resident: true, verifies: true })
    const { token } = await register(page)
    await add(page, token)
    const [copied] = await credentialsOf(cdp, authenticatorId)
    t.equal((await signIn(page)).status, 200)
    t.equal((await signIn(page)).status, 200)
    await cdp.send('WebAuthn.clearCredentials', { authenticatorId })
    if (copied) await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...copied, signCount: 0 } })
    t.match(await signIn(page), { status: 401, body: { code: 'invalid_factor' } })
    const { rows } = await sites.node.database.pool.query(
      `SELECT count(*)::int AS n FROM audit_events WHERE type = 'passkey_counter_reversed'`,
    )
    t.equal(rows[0].n, 1)
    await page.close()
  })

  await t.test('the browser forgets a passkey that was removed', async (t) => {
    const { page, cdp } = await openPasskeyPage(context, sites)
    const authenticatorId = await addAuthenticator(cdp, { resident: true, verifies: true })
    const { token, refresh } = await register(page)
    const { answer } = await add(page, token)
    const { body: renewed } = await post(page, '/auth/refresh', { refresh_token: refresh })
    const removed = await page.evaluate(
      async ([url, bearer]) => {
        const headers = { authorization: `Bearer ${bearer}`, 'x-auth-mode': 'bearer' }
        return (await fetch(url, { method: 'DELETE', credentials: 'omit', headers })).json()
      },
      [
        `${api}/auth/factors/${(answer.body['factor'] as unknown as { id: string }).id}`,
        renewed['access_token'],
      ] as const,
    )
    t.match(await signIn(page), { status: 401, body: { code: 'unknown_passkey' } })
    t.equal((await credentialsOf(cdp, authenticatorId)).length, 1)
    await page.evaluate(async ({ rp_id, user_id, all_accepted_credential_ids }) => {
      const signals = PublicKeyCredential as unknown as { signalAllAcceptedCredentials(data: object): Promise<void> }
      const data = { rpId: rp_id, userId: user_id, allAcceptedCredentialIds: all_accepted_credential_ids }
      await signals.signalAllAcceptedCredentials(data)
    }, removed.accepted_credentials)
    t.same(await credentialsOf(cdp, authenticatorId), [])
    await page.close()
  })

  await t.test('an account begins with a passkey and without a password', async (t) => {
    const { page, cdp } = await openPasskeyPage(context, sites)
    await addAuthenticator(cdp, { resident: true, verifies: true })
    const email = `user-${++users}@example.test`
    const { body: options } = await post(page, '/auth/register/passkey/options', { email })
    const credential = await create(page, options)
    const { status, body } = await post(page, '/auth/register/passkey', { email, credential })
    t.equal(status, 201)
    t.match(body, { status: 'signed_in', user: { email } })
    t.match(await signIn(page), { status: 200, body: { user: { email } } })
    await page.close()
  })

  await t.test('a page of another site is refused, by the browser and by the server', async (t) => {
    const { page, cdp } = await openPasskeyPage(context, sites, 'stranger.test')
    await addAuthenticator(cdp, { resident: true, verifies: true })
    const options = await (await fetch(`${sites.node.baseUrl}/auth/login/passkey/options`, { method: 'POST' })).json()
    t.equal(await get(page, options), 'SecurityError')
    await page.close()
  })
})
