/** Routes that require a recent login, on this server and in a service with `@countersign/verify`. */
import t from 'tap'
import { createVerifier } from '../../packages/verify/src/index.ts'
import { createRequireStepUp } from '../../src/guard/require-step-up.ts'
import type { Principal } from '../../src/tokens/principal.ts'
import { call, password, refresh, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { withOldLogin } from '../setup/sessions.ts'
import { startApps } from './step-up/apps.ts'

const node = await startNode(t)
const { baseUrl, config } = node
const maxAgeSeconds = 60
const apps = await startApps(t, node, { recent: { maxAgeSeconds }, any: {} })

/** A session with a login of an hour ago, and a token with this time. */
const registerEarlier = async () => withOldLogin(node, await register(baseUrl))

const challenge =
  'Bearer realm="countersign", error="insufficient_user_authentication", ' +
  'error_description="Sign in again to continue.", max_age="60"'

for (const [where, { url, checks }] of Object.entries(apps)) {
  for (const check of checks) {
    t.test(`${where} answers an old login with the challenge of RFC 9470, with the check ${check}`, async (t) => {
      const pair = await registerEarlier()
      const { status, headers, body } = await call(`${url}/${check}/recent`, { token: pair.access_token })
      t.match({ status, body }, { status: 401, body: { code: 'reauthentication_required' } })
      t.equal(headers.get('www-authenticate'), challenge)
      t.equal(
        (await call(`${url}/${check}/any`, { token: pair.access_token })).status,
        200,
        'a route without a greatest age accepts it',
      )

      const again = await call(`${baseUrl}/auth/reauthenticate`, { token: pair.access_token, body: { password } })
      t.equal((await call(`${url}/${check}/recent`, { token: String(again.body['access_token']) })).status, 200)
      const { body: next } = await refresh(baseUrl, String(again.body['refresh_token']))
      t.equal(
        (await call(`${url}/${check}/recent`, { token: next.access_token })).status,
        200,
        'a token of a later refresh is accepted',
      )
      t.equal(
        (await call(`${url}/${check}/recent`, { token: pair.access_token })).status,
        401,
        'the older token is still refused',
      )
      t.equal(
        (await call(`${url}/${check}/recent`, { token: (await register(baseUrl)).access_token })).status,
        200,
        'a new login is accepted',
      )
    })
  }

  t.test(`${where} answers an invalid token with invalid_token, not with a request for the password`, async (t) => {
    const pair = await registerEarlier()
    for (const check of checks) {
      t.match(await call(`${url}/${check}/recent`), { status: 401 })
      const { headers } = await call(`${url}/${check}/recent`, { token: `${pair.access_token}x` })
      t.match(headers.get('www-authenticate'), 'error="invalid_token"')
    }
  })
}

t.test('an ended session is answered with token_revoked, not with a request for the password', async (t) => {
  const { url } = apps['this server']!
  const pair = await registerEarlier()
  await call(`${baseUrl}/auth/logout`, { method: 'POST', token: pair.access_token })
  for (const check of ['revocation', 'session']) {
    t.match(await call(`${url}/${check}/recent`, { token: pair.access_token }), {
      status: 401,
      body: { code: 'token_revoked' },
    })
  }
})

t.test('verify() rejects an old login', async (t) => {
  const verifier = createVerifier({ issuer: config.publicUrl, url: baseUrl })
  t.teardown(() => verifier.close())
  const { access_token: token } = await registerEarlier()
  await t.rejects(verifier.verify(token, { maxAgeSeconds }), {
    code: 'reauthentication_required',
    statusCode: 401,
    maxAgeSeconds,
  })
  t.ok(await verifier.verify(token, { maxAgeSeconds: 2 * 3600 }))
})

t.test('a login of exactly the greatest age is accepted, and NaN as an age is refused', async (t) => {
  const ago = (seconds: number, allowed: number | undefined) => {
    const requireStepUp = createRequireStepUp(() => 1_000_000_000 + seconds * 1000)
    return () => requireStepUp({ authTime: 1_000_000 } as Principal, { maxAgeSeconds: allowed })
  }
  for (const seconds of [-4, 0, 60]) t.doesNotThrow(ago(seconds, 60))
  t.doesNotThrow(ago(1e9, undefined))
  for (const seconds of [60.001, 61, 1e6]) t.throws(ago(seconds, 60), { code: 'reauthentication_required' })
  t.throws(ago(0, Number.NaN), { code: 'reauthentication_required' })
})
