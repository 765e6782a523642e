/** An authenticator that others have written: the FakeClient of Debian's ruby-webauthn. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { beginAttempt, creationOptions, post, requestOptions } from '../../factors/passkeys/users.ts'
import { register, whoami } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'

try {
  execFileSync('ruby', ['-e', 'require "webauthn"'], { stdio: 'ignore' })
} catch {
  throw new Error('This test needs ruby-webauthn: apt-get install --no-install-recommends ruby-webauthn')
}

const origin = 'https://auth.example.test'
const rpId = 'auth.example.test'
const node = await startNode(t)

/** A client with one authenticator. */
function startClient(t: Pick<Test, 'teardown'>) {
  const child = spawn('ruby', [join(import.meta.dirname, 'fake-client.rb'), origin], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  t.teardown(async () => {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
  })
  return async (asked: object): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(asked)}\n`)
    return JSON.parse(String((await lines.next()).value))
  }
}

t.test('its passkey is added, signs in alone, and is a second factor', async (t) => {
  const client = startClient(t)
  const { access_token: token, user } = await register(node.baseUrl)
  const options = await creationOptions(node, token)
  const credential = await client({ create: { challenge: options.challenge, rp_id: rpId, user_verified: true } })
  const added = await post(node, '/auth/factors/passkeys', { credential }, token)
  t.equal(added.status, 201, JSON.stringify(added.body))

  const use = async (given: object, attempt?: string) => {
    const { challenge } = await requestOptions(node, attempt)
    const used = await client({ get: { challenge, rp_id: rpId, user_verified: true, ...given } })
    return post(node, '/auth/login/passkey', { credential: used, attempt })
  }
  const handle = { user_handle: options.user.id }
  const alone = await use(handle)
  t.match(alone, { status: 200, body: { user: { id: user.id } } })
  t.match((await whoami(node.baseUrl, alone.body.access_token)).body, { amr: ['hwk', 'mfa'] })
  t.equal((await use({ user_verified: false }, await beginAttempt(node, user.email))).status, 200)

  t.match(await use({ ...handle, user_verified: false }), { status: 401, body: { code: 'invalid_factor' } })
  t.match(await use({ ...handle, user_present: false }), { status: 401, body: { code: 'invalid_factor' } })
  t.match(await use({ ...handle, sign_count: 1 }), { status: 401, body: { code: 'invalid_factor' } })
  t.match(await use({ ...handle, challenge: 'AAAA' }), { status: 401, body: { code: 'invalid_challenge' } })
})
