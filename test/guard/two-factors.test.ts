/** Routes that require two factors, on this server and in a service with `@countersign/verify`. */
import t from 'tap'
import { TokenRefusal } from '../../packages/verify/src/index.ts'
import { createRequireStepUp } from '../../src/guard/require-step-up.ts'
import type { Principal } from '../../src/tokens/principal.ts'
import { startVerifier } from '../packages/verify/service.ts'
import { call, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { withMethods, withOldLogin } from '../setup/sessions.ts'
import { startApps } from './step-up/apps.ts'

const node = await startNode(t)
const maxAgeSeconds = 60
const routes = { any: {}, two: { factors: 2 }, recent: { maxAgeSeconds }, both: { factors: 2, maxAgeSeconds } } as const
const apps = await startApps(t, node, routes)
const two = ['pwd', 'otp', 'mfa']

const users = {
  'one factor': await register(node.baseUrl),
  'two factors': await withMethods(node, await register(node.baseUrl), two),
  'one factor, long ago': await withOldLogin(node, await register(node.baseUrl)),
  'two factors, long ago': await withMethods(node, await withOldLogin(node, await register(node.baseUrl)), two),
}
const letIn = undefined
const old = 'reauthentication_required'
const weak = 'second_factor_required'
const outcomes: Record<keyof typeof users, Record<keyof typeof routes, string | undefined>> = {
  'one factor': { any: letIn, two: weak, recent: letIn, both: weak },
  'two factors': { any: letIn, two: letIn, recent: letIn, both: letIn },
  'one factor, long ago': { any: letIn, two: weak, recent: old, both: old },
  'two factors, long ago': { any: letIn, two: letIn, recent: old, both: old },
}
// RFC 9470 §3: each challenge names everything that the route requires.
const required = {
  any: '',
  two: ', acr_values="aal2"',
  recent: ', max_age="60"',
  both: ', acr_values="aal2", max_age="60"',
}

for (const [where, { url, checks }] of Object.entries(apps)) {
  for (const check of checks) {
    t.test(`${where} asks for the second factor, with the check ${check}`, async (t) => {
      for (const [who, ofRoutes] of Object.entries(outcomes)) {
        const { access_token: token } = users[who as keyof typeof users]
        for (const [route, code] of Object.entries(ofRoutes)) {
          const { status, headers, body } = await call(`${url}/${check}/${route}`, { token })
          t.match({ status, code: body['code'] }, { status: code ? 401 : 200, code }, `${who}: ${route}`)
          if (code === undefined) continue
          const challenge = headers.get('www-authenticate') ?? ''
          t.match(
            challenge,
            /^Bearer realm="countersign", error="insufficient_user_authentication", error_description="/,
          )
          t.ok(challenge.endsWith(`"${required[route as keyof typeof routes]}`), challenge)
        }
      }
    })
  }
}

t.test('verify() rejects a login with one factor, and tells the reason', async (t) => {
  const seen: unknown[] = []
  const { verifier } = startVerifier(t, node, node.baseUrl, { onError: (error) => seen.push(error) })
  const { access_token: token } = users['one factor']
  await t.rejects(verifier.verify(token, { factors: 2 }), { code: weak, statusCode: 401, acrValues: 'aal2' })
  t.match(seen, [new TokenRefusal('the login has one factor')])
  t.match(seen, [{ reason: 'second_factor_missing' }])
  t.ok(await verifier.verify(token, { factors: 1 }))
  t.match(await verifier.verify(users['two factors'].access_token, { factors: 2 }), { acr: 'aal2', amr: two })
})

t.test('a number of factors that nobody has is refused', async (t) => {
  const ask = (factors: unknown) => () =>
    createRequireStepUp(Date.now)({ acr: 'aal2' } as Principal, { factors: factors as 2 })
  for (const factors of [0, 3, Number.NaN, '2', true, null]) t.throws(ask(factors), { code: weak }, String(factors))
  for (const factors of [undefined, 1, 2]) t.doesNotThrow(ask(factors), String(factors))
})
