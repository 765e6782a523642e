/** Bodies that nobody would send by mistake. None of them may be an error of the server. */
import fc from 'fast-check'
import t from 'tap'
import { call, register } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { runs } from '../../setup/properties.ts'
import { begin } from './mail-sign-in.ts'

const node = await startNode(t)
const { access_token: token } = await register(node.baseUrl, 'ada@example.com')
const { attempt } = await begin(node, 'ada@example.com')
const secret = 'x'.repeat(43)

const bodies: Readonly<Record<string, readonly object[]>> = {
  '/auth/login/email': [{ email: 'ada@example.com', redirect_to: 'https://a.test', remember: true }],
  '/auth/login/email/inspect': [{ token: secret }],
  '/auth/login/email/approve': [{ token: secret, number: '42' }],
  '/auth/login/factor': [
    { attempt, method: 'email_code', code: '123456' },
    { attempt, method: 'email_link', token: secret },
  ],
  '/auth/reauthenticate': [{ method: 'email_code', attempt, code: '123456' }],
}
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('\u0000', '__proto__', '9'.repeat(400), '-1', '٤٢', attempt, secret, null, -1, 1e308, true, [], {}),
  fc.jsonValue(),
)

for (const [path, goods] of Object.entries(bodies)) {
  t.test(`${path} answers crafted bodies with an error of the client`, async (t) => {
    const body = fc.constantFrom(...goods).chain((good) =>
      fc
        .record({ member: fc.constantFrom(...Object.keys(good), 'more'), value: anything })
        .map(({ member, value }) => ({
          ...good,
          [member]: value,
        })),
    )
    const statuses = new Set<number>()
    const property = fc.asyncProperty(body, async (crafted) => {
      const { status } = await call(node.baseUrl + path, { token, body: crafted })
      statuses.add(status)
      return status < 500
    })
    await fc.assert(property, runs(100))
    t.ok(statuses.has(400), [...statuses].join())
    for (const raw of [null, 1, 'x', [], [{}]]) {
      t.equal((await call(node.baseUrl + path, { token, body: raw })).status, 400, JSON.stringify(raw))
    }
  })
}
