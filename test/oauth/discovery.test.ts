import t from 'tap'
import { call, register, whoami } from '../setup/client.ts'
import { billing, formBasic, post, startOauthNode } from './services.ts'

const node = await startOauthNode(t)

t.test('the metadata of the server names both endpoints and their authentication', async (t) => {
  const { body } = await call(`${node.baseUrl}/.well-known/oauth-authorization-server`)
  const issuer = String(body['issuer'])
  t.match(body, {
    revocation_endpoint: `${issuer}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: ['none'],
    introspection_endpoint: `${issuer}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
  })
  // The issuer is that of the tokens. This node listens at another address.
  const [revocation, introspection] = ['revocation_endpoint', 'introspection_endpoint'].map((name) =>
    String(body[name]).replace(issuer, node.baseUrl),
  )
  const { access_token: token } = await register(node.baseUrl)
  const form = { token, token_type_hint: 'access_token' }
  const ask = () => post(String(introspection), form, { authorization: formBasic(billing), accept: 'application/json' })
  const active = await ask()
  t.match(active, { status: 200, body: { active: true, iss: issuer } })
  t.match(active.headers.get('content-type'), /^application\/json/)
  t.equal(active.headers.get('cache-control'), 'no-store')
  t.equal((await post(String(revocation), { ...form, client_id: 'first-party' })).status, 200)
  t.strictSame((await ask()).body, { active: false })
  t.equal((await whoami(node.baseUrl, token)).status, 401)
})
