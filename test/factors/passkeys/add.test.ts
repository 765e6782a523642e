/** Adding a passkey. */
import t from 'tap'
import { auditRows } from '../../setup/admins.ts'
import { call, refresh, register, whoami } from '../../setup/client.ts'
import { mailRows } from '../../setup/mails.ts'
import { startNode } from '../../setup/node.ts'
import { withOldLogin } from '../../setup/sessions.ts'
import { createAuthenticator } from './authenticator.ts'
import { add, creationOptions, post, signIn, withPasskey } from './users.ts'

const node = await startNode(t)

t.test('options name the user and the domain, and leave out what the user has', async (t) => {
  const { authenticator, user } = await withPasskey(node)
  const options = await creationOptions(node, user.access_token)
  t.match(options, {
    rp: { id: 'auth.example.test', name: 'auth.example.test' },
    user: { name: user.user.email, displayName: user.user.email },
    pubKeyCredParams: [{ alg: -7 }, { alg: -257 }],
    attestation: 'none',
    excludeCredentials: [{ id: authenticator.id, type: 'public-key', transports: ['internal'] }],
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
  })
  t.equal(Buffer.from(options.user.id, 'base64url').toString('hex'), user.user.id.replaceAll('-', ''))
})

t.test('a passkey is added: it has a name, its user gets a mail, and tokens from before end', async (t) => {
  const user = await register(node.baseUrl)
  const added = await add(node, user.access_token, createAuthenticator())
  t.equal(added.status, 201)
  t.equal(added.body.recovery_codes?.length, 10)
  t.match(added.body.factor, { kind: 'passkey', name: 'Passkey (node)', last_used_at: null, synced: false })
  t.equal((await whoami(node.baseUrl, user.access_token)).status, 401)
  const { body, status } = await refresh(node.baseUrl, user.refresh_token)
  t.equal(status, 200, 'the session goes on')
  t.same((await whoami(node.baseUrl, body.access_token)).body['amr'], ['pwd', 'hwk', 'mfa'])
  t.same(
    (await mailRows(node)).filter(({ user_id, kind }) => user_id === user.user.id && kind === 'factor_added').length,
    1,
  )
  const events = (await auditRows(node, `subject_id = '${user.user.id}'`)).filter(({ type }) => type === 'factor_added')
  t.match(events, [{ detail: { kind: 'passkey' }, session_id: user.session_id }])
})

t.test('the name is that of the user, of the authenticator, or of the browser', async (t) => {
  const named = async (authenticator: ReturnType<typeof createAuthenticator>, name?: string) => {
    const { access_token: token } = await register(node.baseUrl)
    return (await add(node, token, authenticator, {}, name)).body.factor.name
  }
  t.equal(await named(createAuthenticator(), 'My key'), 'My key')
  const aaguid = Buffer.from('ea9b8d664d011d213ce4b6b48cb575d4', 'hex')
  t.equal(await named(createAuthenticator({ aaguid })), 'Google Password Manager')
  t.equal(await named(createAuthenticator({ aaguid: Buffer.alloc(16, 7) })), 'Passkey (node)')
})

t.test('only a recent sign-in may add one', async (t) => {
  const old = await withOldLogin(node, await register(node.baseUrl))
  t.match(await post(node, '/auth/factors/passkeys/options', undefined, old.access_token), {
    status: 401,
    body: { code: 'reauthentication_required' },
  })
})

t.test('a challenge works once, in the session that asked for it', async (t) => {
  const ada = await register(node.baseUrl)
  const grace = await register(node.baseUrl)
  const credential = createAuthenticator().create(await creationOptions(node, ada.access_token))
  const send = (token: string) => post(node, '/auth/factors/passkeys', { credential }, token)
  t.match(await send(grace.access_token), { status: 401, body: { code: 'invalid_challenge' } })
  t.equal((await send(ada.access_token)).status, 201)
  const { access_token: token } = (await refresh(node.baseUrl, ada.refresh_token)).body
  t.match(await send(token), { status: 401, body: { code: 'invalid_challenge' } })
})

t.test('one challenge at once on 20 requests adds one passkey', async (t) => {
  const ada = await register(node.baseUrl)
  const options = await creationOptions(node, ada.access_token)
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => {
      const credential = createAuthenticator().create(options)
      return post(node, '/auth/factors/passkeys', { credential }, ada.access_token)
    }),
  )
  t.equal(answers.filter(({ status }) => status === 201).length, 1)
  const { rows } = await node.database.pool.query('SELECT 1 FROM factors WHERE user_id = $1', [ada.user.id])
  t.equal(rows.length, 1)
})

t.test('what a browser or an authenticator must not say is refused', async (t) => {
  const { access_token: token } = await register(node.baseUrl)
  const outcome = async (manner: Parameters<typeof add>[3]) => {
    const { status, body } = await add(node, token, createAuthenticator(), manner)
    return `${status} ${body.code}`
  }
  t.equal(await outcome({ origin: 'https://evil.example' }), '403 passkey_origin_refused')
  t.equal(await outcome({ rpId: 'evil.example' }), '403 passkey_origin_refused')
  t.equal(await outcome({ clientData: { crossOrigin: true } }), '403 passkey_origin_refused')
  t.equal(await outcome({ clientData: { topOrigin: 'https://evil.example' } }), '403 passkey_origin_refused')
  t.equal(await outcome({ clientData: { type: 'webauthn.get' } }), '400 invalid_passkey')
  t.equal(await outcome({ clientData: { challenge: 'AAAA' } }), '401 invalid_challenge')
})

t.test('a passkey belongs to one user, and a user has 20 at most', async (t) => {
  const { authenticator, user } = await withPasskey(node)
  t.match(await add(node, user.access_token, authenticator), { status: 409, body: { code: 'passkey_exists' } })
  const stranger = await register(node.baseUrl)
  t.match(await add(node, stranger.access_token, authenticator), { status: 409, body: { code: 'passkey_exists' } })
  await node.database.pool.query(
    `INSERT INTO factors (id, user_id, kind, name, confirmed_at, credential_id, public_key, counter, synced)
     SELECT gen_random_uuid(), $1, 'passkey', 'x', now(), int4send(n) || sha256($2), '', 0, false FROM generate_series(1, 18) n`,
    [user.user.id, user.user.id],
  )
  const { access_token: token } = (await refresh(node.baseUrl, user.refresh_token)).body
  const last = createAuthenticator().create(await creationOptions(node, token))
  const another = createAuthenticator().create(await creationOptions(node, token))
  t.equal((await post(node, '/auth/factors/passkeys', { credential: last }, token)).status, 201)
  const again = (await refresh(node.baseUrl, user.refresh_token)).body.access_token
  t.match(await post(node, '/auth/factors/passkeys', { credential: another }, again), {
    status: 409,
    body: { code: 'too_many_passkeys' },
  })
  t.match(await post(node, '/auth/factors/passkeys/options', undefined, again), {
    status: 409,
    body: { code: 'too_many_passkeys' },
  })
})

t.test('a session that has ended adds none', async (t) => {
  const ada = await register(node.baseUrl)
  const credential = createAuthenticator().create(await creationOptions(node, ada.access_token))
  await call(`${node.baseUrl}/auth/sessions?scope=all`, { method: 'DELETE', token: ada.access_token })
  t.equal((await post(node, '/auth/factors/passkeys', { credential }, ada.access_token)).status, 401)
})

t.test('a user without an email has passkeys too', async (t) => {
  const { user, authenticator } = await withPasskey(node)
  await node.database.pool.query(
    'UPDATE users SET email = NULL, email_key = NULL, email_verified_at = NULL WHERE id = $1',
    [user.user.id],
  )
  t.equal((await signIn(node, authenticator)).status, 200)
})
