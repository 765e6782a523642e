/** Signing in with a passkey: alone, or as the second factor. */
import t from 'tap'
import { auditRows } from '../../setup/admins.ts'
import { call, register, whoami } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { createAuthenticator, type Manner } from './authenticator.ts'
import { beginAttempt, post, requestOptions, signIn, withPasskey } from './users.ts'

const node = await startNode(t)
const told = ({ status, body }: { status: number; body: { code?: string } }) => `${status} ${body.code}`
const eventsOf = (userId: string, type: string) => auditRows(node, `subject_id = '${userId}' AND type = '${type}'`)

t.test('a passkey that verifies its user signs in alone, as two factors', async (t) => {
  for (const synced of [false, true]) {
    const { authenticator, user } = await withPasskey(node, { synced })
    const { status, body } = await signIn(node, authenticator)
    t.equal(status, 200)
    t.match(body, { status: 'signed_in', user: { id: user.user.id } })
    t.match((await whoami(node.baseUrl, body.access_token)).body, { amr: [synced ? 'swk' : 'hwk', 'mfa'], acr: 'aal2' })
  }
})

t.test('options for anybody tell nothing, and ask for user verification', async (t) => {
  const { challenge, ...options } = await requestOptions(node)
  t.same(options, { rpId: 'auth.example.test', timeout: 600_000, userVerification: 'required' })
  t.not((await requestOptions(node)).challenge, challenge)
})

t.test('as second factor it need not verify its user', async (t) => {
  const { authenticator, email } = await withPasskey(node)
  const attempt = await beginAttempt(node, email)
  const options = await requestOptions(node, attempt)
  t.match(options, { userVerification: 'discouraged', allowCredentials: [{ id: authenticator.id }] })
  const credential = authenticator.get(options, { verifies: false })
  const { status, body } = await post(node, '/auth/login/passkey', { credential, attempt })
  t.equal(status, 200)
  t.match((await whoami(node.baseUrl, body.access_token)).body, { amr: ['pwd', 'hwk', 'mfa'], acr: 'aal2' })
  t.equal(told(await post(node, '/auth/login/passkey', { credential, attempt })), '401 attempt_ended')
})

t.test('its last use is stored, with its counter', async (t) => {
  const { authenticator, factor } = await withPasskey(node)
  await signIn(node, authenticator, { counter: 41 })
  const { rows } = await node.database.pool.query('SELECT counter, last_used_at FROM factors WHERE id = $1', [
    factor.id,
  ])
  t.match(rows, [{ counter: '41', last_used_at: Date }])
})

t.test('what is wrong has a code of its own, and tells of no account', async (t) => {
  const { authenticator, user } = await withPasskey(node)
  const outcome = async (manner: Manner) => told(await signIn(node, authenticator, manner))
  t.equal(await outcome({ verifies: false }), '401 invalid_factor')
  t.equal(await outcome({ origin: 'https://evil.example' }), '403 passkey_origin_refused')
  t.equal(await outcome({ origin: 'https://auth.example.test.evil.example' }), '403 passkey_origin_refused')
  t.equal(await outcome({ rpId: 'example.test' }), '403 passkey_origin_refused')
  t.equal(await outcome({ clientData: { crossOrigin: true } }), '403 passkey_origin_refused')
  t.equal(await outcome({ clientData: { type: 'webauthn.create' } }), '401 invalid_factor')
  t.equal(await outcome({ clientData: { challenge: Buffer.alloc(52).toString('base64url') } }), '401 invalid_challenge')
  t.equal(told(await signIn(node, createAuthenticator())), '401 unknown_passkey')
  const forged = createAuthenticator({ id: Buffer.from(authenticator.id, 'base64url') })
  const handle = Buffer.from(user.user.id.replaceAll('-', ''), 'hex').toString('base64url')
  const credential = forged.get(await requestOptions(node), { counter: 1000 })
  const asOwner = { ...credential, response: { ...credential.response, userHandle: handle } }
  t.equal(told(await post(node, '/auth/login/passkey', { credential: asOwner })), '401 invalid_factor', 'another key')
  t.equal((await eventsOf(user.user.id, 'login_failed')).at(-1)?.detail?.['factor'], 'passkey')
})

t.test('the user handle must be that of the user', async (t) => {
  const { authenticator } = await withPasskey(node)
  const other = await register(node.baseUrl)
  const handles = [undefined, '', 'AAAA', Buffer.from(other.user.id.replaceAll('-', ''), 'hex').toString('base64url')]
  for (const userHandle of handles) {
    const credential = authenticator.get(await requestOptions(node))
    const changed = { ...credential, response: { ...credential.response, userHandle } }
    t.equal(
      told(await post(node, '/auth/login/passkey', { credential: changed })),
      '401 invalid_factor',
      String(userHandle),
    )
  }
})

t.test('a challenge is for one sign-in, and for one attempt', async (t) => {
  const { authenticator, email, user } = await withPasskey(node)
  const credential = authenticator.get(await requestOptions(node))
  const attempt = await beginAttempt(node, email)
  t.equal(
    told(await post(node, '/auth/login/passkey', { credential, attempt })),
    '401 invalid_challenge',
    'without one',
  )
  t.equal((await post(node, '/auth/login/passkey', { credential })).status, 200)
  t.equal(told(await post(node, '/auth/login/passkey', { credential })), '401 invalid_challenge', 'used')
  t.same(await eventsOf(user.user.id, 'passkey_counter_reversed'), [], 'a repeated request is no copy of the passkey')
  const other = authenticator.get(await requestOptions(node, await beginAttempt(node, email)))
  t.equal(
    told(await post(node, '/auth/login/passkey', { credential: other, attempt })),
    '401 invalid_challenge',
    'another',
  )
  t.equal(
    told(await post(node, '/auth/login/passkey', { credential: other })),
    '401 invalid_challenge',
    'of an attempt',
  )
})

t.test('an attempt takes the passkeys of its own user', async (t) => {
  const { email } = await withPasskey(node)
  const stranger = await withPasskey(node)
  const attempt = await beginAttempt(node, email)
  const credential = stranger.authenticator.get(await requestOptions(node, attempt))
  t.equal(told(await post(node, '/auth/login/passkey', { credential, attempt })), '401 invalid_factor')
  t.equal(told(await post(node, '/auth/login/passkey/options', { attempt: 'A'.repeat(43) })), '401 attempt_ended')
})

t.test('a counter that goes back is written down, and ends the sign-in if the passkey is on one device', async (t) => {
  for (const synced of [false, true]) {
    const { authenticator, user, factor } = await withPasskey(node, { synced })
    t.equal((await signIn(node, authenticator, { counter: 10 })).status, 200)
    for (const counter of [10, 9, 0]) {
      t.equal((await signIn(node, authenticator, { counter })).status, synced ? 200 : 401, `${counter} ${synced}`)
    }
    t.match(await eventsOf(user.user.id, 'passkey_counter_reversed'), [
      { detail: { factor_id: factor.id, counter: 10, stored: 10, refused: !synced } },
      { detail: { counter: 9, stored: 10 } },
      { detail: { counter: 0, stored: 10 } },
    ])
    t.equal((await signIn(node, authenticator, { counter: 11 })).status, 200)
  }
})

t.test('a disabled user does not sign in', async (t) => {
  const { authenticator, user } = await withPasskey(node)
  await node.database.pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user.user.id])
  t.equal(told(await signIn(node, authenticator)), '403 account_disabled')
})

t.test('within a session, a passkey is a recent sign-in', async (t) => {
  const { authenticator, user } = await withPasskey(node)
  const { access_token: token } = user
  const path = '/auth/reauthenticate/passkey/options'
  const options = (await post<Awaited<ReturnType<typeof requestOptions>>>(node, path, undefined, token)).body
  t.match(options.allowCredentials, [{ id: authenticator.id }])
  const credential = authenticator.get(options, { verifies: false })
  const { status, body } = await post(node, '/auth/reauthenticate', { credential }, token)
  t.equal(status, 200)
  t.equal(body.session_id, user.session_id)
  t.match((await whoami(node.baseUrl, body.access_token)).body, {
    amr: ['pwd', 'hwk', 'mfa'],
  })
  t.equal(told(await post(node, '/auth/reauthenticate', { credential }, body.access_token)), '401 invalid_challenge')
  const free = authenticator.get(await requestOptions(node))
  t.equal(
    told(await post(node, '/auth/reauthenticate', { credential: free }, body.access_token)),
    '401 invalid_challenge',
  )
  const stranger = await register(node.baseUrl)
  t.equal(told(await post(node, path, undefined, stranger.access_token)), '404 not_found', 'without a passkey')
  t.match(await call(`${node.baseUrl}/auth/reauthenticate`, { token: body.access_token, body: {} }), {
    status: 400,
    body: { errors: [{ path: '/password', code: 'required' }] },
  })
})
