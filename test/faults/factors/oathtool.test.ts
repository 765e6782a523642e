/** oathtool of Debian as an authenticator app: an independent implementation of RFC 6238. */
import { execFileSync } from 'node:child_process'
import t from 'tap'
import { toBase32 } from '../../../src/factors/totp/base32.ts'
import { codeOf, stepAt } from '../../../src/factors/totp/one-time-password.ts'
import { newTotpSecret } from '../../../src/factors/totp/totp-secret.ts'
import { call, register } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { beginLogin, forgetSteps } from '../../setup/totp.ts'

/** The code that oathtool makes of a secret in base32, now or at a time in seconds since 1970. */
const oathtool = (secret: string, seconds?: number) => {
  const now = seconds === undefined ? [] : ['--now', `@${seconds}`]
  return execFileSync('oathtool', ['--totp', '--base32', ...now, secret], { encoding: 'utf8' }).trim()
}

t.test('both make the same codes, of many secrets and at many times', async (t) => {
  for (let i = 0; i < 50; i++) {
    const secret = newTotpSecret()
    const seconds = Math.floor(Math.random() * 4_000_000_000)
    t.equal(codeOf(secret, stepAt(seconds * 1000)), oathtool(toBase32(secret), seconds), `at ${seconds}`)
  }
})

t.test('an app that reads the URI confirms itself and signs its user in', async (t) => {
  const node = await startNode(t)
  const at = (path: string) => `${node.baseUrl}${path}`
  const { access_token: token, user } = await register(node.baseUrl)
  const { body } = await call<{ id: string; uri: string }>(at('/auth/factors/totp'), { method: 'POST', token })
  const secret = new URL(body.uri).searchParams.get('secret') ?? ''
  const confirmation = { id: body.id, code: oathtool(secret) }
  t.equal((await call(at('/auth/factors/totp/confirm'), { token, body: confirmation })).status, 200)
  await forgetSteps(node, user.id)
  const step = { attempt: await beginLogin(node, user.email), method: 'totp', code: oathtool(secret) }
  t.match(await call(at('/auth/login/factor'), { body: step }), { status: 200, body: { status: 'signed_in' } })
})
