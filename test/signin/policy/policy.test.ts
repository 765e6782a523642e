/** Each cell of the table of policies, with real logins. */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { requestOptions, withPasskey } from '../../factors/passkeys/users.ts'
import { signInWithTwo } from '../../factors/trusted-devices/trust.ts'
import { call, password, refresh, register, whoami } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { forgetSteps, registerWithApp } from '../../setup/totp.ts'
import { type Outcome, policies, policyTable, type Situation, situations } from './table.ts'

// Accounts are opened where nothing is required.
const trust = { TRUST_DEVICE_DAYS: '30' }
const open = await startNode(t, { env: trust })
type Answer = { status: string; attempt: string; factors: string[]; enrolment?: string[]; access_token: string }
type Finish = (baseUrl: string, attempt: string) => Promise<{ body: Answer }>
type User = { id: string; email: string; token: string; device?: string; finish?: Finish }

const rolesOf = (situation: Situation) => (situation === 'administrator' ? ['editor', 'admin'] : ['editor'])

async function prepare(kind: 'none' | 'totp' | 'passkey', situation: Situation): Promise<User> {
  const made =
    kind === 'none' ? { pair: await register(open.baseUrl) } : kind === 'totp' ? await withTotp() : await withKey()
  const { pair } = made
  const { id, email } = pair.user
  await open.database.pool.query('UPDATE users SET roles = $2 WHERE id = $1', [id, rolesOf(situation)])
  const isTrusted = situation === 'trusted device' && kind !== 'none'
  const device = isTrusted ? { device: (await signInWithTwo(open, id)).device } : {}
  // The roles have changed, so the token of before is revoked.
  const { access_token: token } = (await refresh(open.baseUrl, pair.refresh_token)).body
  return { id, email, token, ...device, ...('finish' in made ? { finish: made.finish } : {}) }
}

async function withTotp() {
  const pair = await registerWithApp(open)
  const finish: Finish = async (baseUrl, attempt) => {
    await forgetSteps(open, pair.user.id)
    return call<Answer>(`${baseUrl}/auth/login/factor`, { body: { attempt, method: 'totp', code: pair.app.code() } })
  }
  return { pair, finish }
}

async function withKey() {
  const { authenticator, user: pair, email } = await withPasskey(open)
  const finish: Finish = async (baseUrl, attempt) => {
    const credential = authenticator.get(await requestOptions({ baseUrl }, attempt))
    return call<Answer>(`${baseUrl}/auth/login/passkey`, { body: { attempt, credential } })
  }
  return { pair: { ...pair, user: { ...pair.user, email } }, finish }
}

/** Enters the password: at a login, or again in a session. */
const enterPassword = (baseUrl: string, situation: Situation, { email, token, device }: User) =>
  situation === 'step-up'
    ? call<Answer>(`${baseUrl}/auth/reauthenticate`, { token, body: { password } })
    : call<Answer>(`${baseUrl}/auth/login`, {
        body: { email, password, ...(device === undefined ? {} : { device_token: device }) },
      })

const outcomeOf = ({ status, enrolment }: Answer): Outcome | undefined => {
  if (status === 'signed_in') return 'in'
  return status === 'factor_required' ? (enrolment ? 'add' : 'factor') : undefined
}

for (const { name, env, none, some } of policies) {
  const node = await startNode(t, { env: { ...trust, ...env }, databaseUrl: open.databaseUrl })
  for (const kind of ['none', 'totp', 'passkey'] as const) {
    for (const [i, situation] of situations.entries()) {
      const expected = (kind === 'none' ? none : some)[i]
      t.test(`${name}, a user with ${kind}, ${situation}: ${expected}`, async (t) => {
        const user = await prepare(kind, situation)
        const { body } = await enterPassword(node.baseUrl, situation, user)
        t.equal(outcomeOf(body), expected)
        if (expected === 'add') t.same([body.factors, body.enrolment], [[], ['totp', 'passkey']])
        if (expected === 'factor') t.ok(body.factors.includes(kind), 'the factor of the user is offered')
        if (expected === 'in' && situation !== 'step-up') {
          t.match(
            (await whoami(node.baseUrl, body.access_token)).body,
            { acr: 'aal1' },
            'it says that it was one factor',
          )
        }
        if (expected !== 'factor' || situation === 'step-up') return
        const finished = await user.finish?.(node.baseUrl, body.attempt)
        t.match(finished?.body, { status: 'signed_in' })
        t.match((await whoami(node.baseUrl, finished?.body.access_token ?? '')).body, { acr: 'aal2' })
      })
    }
  }
}

t.test('the reference shows this table', async (t) => {
  const page = await readFile(new URL('../../../docs/reference/factors.md', import.meta.url), 'utf8')
  t.ok(page.includes(policyTable()), `put this into the section Policy:\n${policyTable()}`)
})
