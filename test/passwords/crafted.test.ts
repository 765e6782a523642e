import fc from 'fast-check'
import t from 'tap'
import { call, password, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { runs } from '../setup/properties.ts'
import { newPassword } from './mailbox.ts'

const node = await startNode(t)
const { access_token: token, user } = await register(node.baseUrl)

const bodies: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  '/auth/password': { current_password: password, new_password: newPassword, keep_other_sessions: true },
  '/auth/password/forgot': { email: user.email },
  '/auth/password/reset': { token: 'x'.repeat(43), password: newPassword },
  '/auth/reauthenticate': { password },
}
const post = (path: string, body: unknown) => call(node.baseUrl + path, { token, body })

for (const [path, good] of Object.entries(bodies)) {
  t.test(`${path} names the member that is missing or unknown`, async (t) => {
    t.match(await post(path, { ...good, more: 1 }), { status: 400, body: { errors: [{ path: '/more' }] } })
    for (const member of Object.keys(good).filter((name) => name !== 'keep_other_sessions')) {
      const wanted = { status: 400, body: { code: 'invalid_request', errors: [{ path: `/${member}` }] } }
      t.match(await post(path, { ...good, [member]: undefined }), wanted, `without ${member}`)
    }
  })
}

t.test('forgot answers 202 to every address, and 400 to what is no address', async (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 20 })
  const address = fc.oneof(
    text,
    fc.tuple(text, text).map((parts) => parts.join('@')),
    fc.emailAddress(),
  )
  const statuses = new Set<number>()
  const property = fc.asyncProperty(address, async (email) => {
    const { status } = await post('/auth/password/forgot', { email })
    statuses.add(status)
    return status === 202 || status === 400
  })
  await fc.assert(property, runs(100))
  t.ok(statuses.has(202) && statuses.has(400), 'both happen')
})

t.test('a crafted token is refused as invalid', async (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
    fc.base64String({ minLength: 44, maxLength: 44 }),
  )
  const property = fc.asyncProperty(text, async (presented) => {
    const { status, body } = await post('/auth/password/reset', { token: presented, password: newPassword })
    return status === 400 && body['code'] === 'invalid_one_time_token'
  })
  await fc.assert(property, runs(60))
  t.pass()
})
