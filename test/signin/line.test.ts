/** A step-up belongs to one line of refresh tokens. Copies from before it stop working, and the client itself is never logged out. */
import fc from 'fast-check'
import { decodeJwt } from 'jose'
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { openPage, spaOrigins } from '../http/browser/page.ts'
import { auditOf } from '../passwords/mailbox.ts'
import { call, password, refresh, register, whoami } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { runs } from '../setup/properties.ts'
import { age, row, withOldLogin } from '../setup/sessions.ts'

const node = await startNode(t, { env: { SPA_ORIGINS: spaOrigins } })
const { baseUrl } = node
const reauthenticate = async ({ access_token: token }: TokenPair) =>
  (await call<TokenPair>(`${baseUrl}/auth/reauthenticate`, { token, body: { password } })).body
const changeEmail = ({ access_token: token }: TokenPair) =>
  call(`${baseUrl}/auth/email/change`, { token, body: { new_email: 'elsewhere@example.com' } })

t.test('a refresh token that was copied before the step-up does not reach a step-up route', async (t) => {
  const owner = await withOldLogin(node, await register(baseUrl))
  const copied = owner.refresh_token
  t.match(await changeEmail(owner), { status: 401, body: { code: 'reauthentication_required' } })
  const steppedUp = await reauthenticate(owner)
  t.match(await refresh(baseUrl, copied), { status: 401, body: { code: 'invalid_refresh_token' } })
  t.match(
    await changeEmail(owner),
    { status: 401, body: { code: 'reauthentication_required' } },
    'nor does an access token',
  )
  t.match(await row(node, owner.session_id), { last_outcome: 'superseded', revoked_at: null }, 'and it is no theft')
  t.match((await auditOf(node, owner.user.id)).at(-1), { type: 'refresh_superseded', session_id: owner.session_id })
  t.equal((await changeEmail(steppedUp)).status, 202)
  const next = await refresh(baseUrl, steppedUp.refresh_token)
  t.equal((await changeEmail(next.body)).status, 202, 'later tokens of the line reach it too')
})

t.test(
  'every token that was valid at the step-up is superseded: the head, the fork and the previous one',
  async (t) => {
    const first = await register(baseUrl)
    const head = (await refresh(baseUrl, first.refresh_token)).body
    await age(node, first.session_id, 60)
    const fork = (await refresh(baseUrl, first.refresh_token)).body
    const next = await reauthenticate(head)
    for (const { refresh_token: token } of [first, head, fork, first]) {
      t.equal((await refresh(baseUrl, token)).status, 401)
      t.match(await row(node, first.session_id), { last_outcome: 'superseded', revoked_at: null })
    }
    const after = await refresh(baseUrl, next.refresh_token)
    t.equal(after.status, 200)
    t.equal((await refresh(baseUrl, head.refresh_token)).status, 401, 'also once the new line is used')
    t.equal((await refresh(baseUrl, after.body.refresh_token)).status, 200)
  },
)

t.test('if the answer of a step-up is lost, the client sends it again', async (t) => {
  const owner = await register(baseUrl)
  await reauthenticate(owner)
  const again = await reauthenticate(owner)
  t.equal((await refresh(baseUrl, again.refresh_token)).status, 200)
})

t.test('a second tab that refreshes with the old cookie keeps the new cookies', async (t) => {
  const page = openPage(baseUrl)
  await page.register()
  const stale = openPage(baseUrl)
  for (const [name, value] of page.jar) stale.jar.set(name, value)
  t.equal((await page.ask('POST', '/auth/reauthenticate', { password })).status, 200)
  const answer = await stale.refresh()
  t.equal(answer.status, 401)
  t.same(answer.setCookies, [], 'no cookie is cleared')
  t.equal((await page.refresh()).status, 200)
})

t.test('a thief never gets an access token with the auth_time of a step-up that the owner made', async (t) => {
  const step = fc.record({
    action: fc.constantFrom('owner refreshes', 'thief refreshes', 'owner steps up', 'time passes'),
    seconds: fc.constantFrom(1, 11, 4000),
  })
  const property = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
    let owner = await withOldLogin(node, await register(baseUrl))
    let stolen = owner.refresh_token
    let steppedUp = false
    for (const { action, seconds } of steps) {
      if (action === 'time passes') await age(node, owner.session_id, seconds)
      else if (action === 'owner steps up') {
        const answer = await reauthenticate(owner)
        if (!answer.access_token) return
        owner = answer
        steppedUp = true
      } else if (action === 'owner refreshes') {
        const { status, body } = await refresh(baseUrl, owner.refresh_token)
        if (status !== 200) return
        owner = body
      } else {
        const { status, body } = await refresh(baseUrl, stolen)
        if (status !== 200) continue
        stolen = body.refresh_token
        const { auth_time: authTime } = decodeJwt<{ auth_time: number }>(body.access_token)
        if (steppedUp) throw new Error('the thief goes on after the step-up')
        if (authTime > Date.now() / 1000 - 3000) throw new Error('the thief has the new auth_time')
      }
    }
    // The owner is logged out only if the theft was found, and then the thief is out too.
    if ((await whoami(baseUrl, owner.access_token)).status === 200) return
    if ((await refresh(baseUrl, stolen)).status === 200) throw new Error('only the owner is out')
  })
  await t.resolves(fc.assert(property, runs(20)))
})
