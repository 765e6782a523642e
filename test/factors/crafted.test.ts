/** Crafted bodies at the routes of factors: none causes a 5xx, and none that is not right succeeds. */
import fc from 'fast-check'
import t from 'tap'
import { call, refresh, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { beginLogin, registerWithApp } from '../setup/totp.ts'

const node = await startNode(t)
const ada = await registerWithApp(node)
const bob = await register(node.baseUrl)
const { attempt } = { attempt: await beginLogin(node, ada.user.email) }

const odd = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 70 }),
  fc.constantFrom('', '\u0000', '\ud800', '000000', '١٢٣٤٥٦', '9'.repeat(400), "' OR 1=1 --", 'x'.repeat(43)),
  fc.constant(attempt),
  fc.constant(ada.app.id),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.string(), { maxLength: 2 }),
  fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
)
const member = fc.constantFrom('attempt', 'method', 'code', 'id', 'name', 'device_token', 'trust_device', '__proto__')
const bodies = fc.oneof(
  fc.dictionary(member, odd, { maxKeys: 5 }),
  fc.record({ attempt: odd, method: fc.constantFrom('totp', 'recovery_code'), code: odd, device_token: odd }),
  fc.record({ id: fc.constant(ada.app.id), code: odd }),
  odd,
)
const routes = [
  ['POST', '/auth/login/factor'],
  ['POST', '/auth/login/enrolment/totp'],
  ['POST', '/auth/login/enrolment/totp/confirm'],
  ['POST', '/auth/factors/totp/confirm'],
  ['PATCH', `/auth/factors/${ada.app.id}`],
  ['POST', '/auth/reauthenticate'],
] as const

for (const [method, path] of routes) {
  t.test(`${method} ${path.replace(ada.app.id, '{id}')}`, async (t) => {
    const { access_token: token } = (await refresh(node.baseUrl, bob.refresh_token)).body
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const { status } = await call(`${node.baseUrl}${path}`, { method, body: body ?? null, token })
        return status >= 400 && status < 500
      }),
      { numRuns: 60 },
    )
    t.pass()
  })
}

t.test('ids in paths that are no ids', async (t) => {
  for (const id of ['x', '%00', '%ff', '..%2f', '0'.repeat(36), "'", '7E57AB1E-0000-4000-8000-000000000000']) {
    for (const method of ['DELETE', 'PATCH']) {
      const body = method === 'PATCH' ? { body: { name: 'Name' } } : {}
      const answer = await call(`${node.baseUrl}/auth/factors/${id}`, { method, token: ada.access_token, ...body })
      t.ok(answer.status >= 400 && answer.status < 500, `${method} ${id}: ${answer.status}`)
    }
  }
})
