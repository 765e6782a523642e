/** A flood of logins keeps nobody out. No hash of the flood ends here before the others have asked. */
import t, { type Test } from 'tap'
import { duringCompares } from '../setup/hashing.ts'
import { call, forgetAttempts, login, password, startLimited, tally, userWithDevice } from './place.ts'

// More bcrypt compares than run at once, and more than may wait.
const many = 60
const credential = 'metrics:a-secret-of-at-least-thirty-two-characters'
const env = {
  TRUSTED_PROXIES: '127.0.0.1',
  RATE_LIMITS: 'requests=0,register=0,login_account=0,login_address=0',
  SERVICE_CREDENTIALS: credential,
}
const node = await startLimited(t, { env })
t.beforeEach(() => forgetAttempts(node))

/** Starts logins whose hashes wait until `release`, and returns once one of them was refused. */
async function flood(t: Test, ask: (i: number) => ReturnType<typeof login>) {
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const refused = Promise.withResolvers<void>()
  duringCompares(t, () => released)
  const answers = Promise.all(
    Array.from({ length: many }, async (_, i) => {
      const answer = await ask(i)
      if (answer.status === 503) refused.resolve()
      return answer
    }),
  )
  await refused.promise
  return { release, answers }
}

const toOwnAccount = (email: string) => () => login(node, { email, from: '198.51.100.1' })
const toUnknown = (i: number) => login(node, { email: `unknown-${i}@example.com`, from: `198.18.0.${i + 1}` })

const oneAddress = [
  ['the right password of its own account', toOwnAccount],
  ['unknown emails', () => (i: number) => login(node, { email: `unknown-${i}@example.com`, from: '198.51.100.1' })],
] as const

for (const [what, floodWith] of oneAddress)
  t.test(`one address with ${what} keeps nobody out`, async (t) => {
    const [owner, eve, newcomer] = [await userWithDevice(node), await userWithDevice(node), await userWithDevice(node)]
    const { release, answers } = await flood(t, floodWith(eve.user.email))
    const before = await waiting()
    const others = [
      login(node, { email: owner.user.email, device: owner.device_token, from: '203.0.113.1' }),
      login(node, { email: newcomer.user.email, from: '203.0.113.2' }),
    ]
    // They are in the queue, or were refused.
    await Promise.race([Promise.all(others), untilWaiting(before + others.length)])
    release()
    t.same(tally(await Promise.all(others)), { 200: 2 })
    const { 503: refused = 0 } = tally(await answers)
    t.ok(refused > 0, `${refused} of the flood were refused`)
  })

t.test('many addresses with unknown emails keep no trusted device and no session out', async (t) => {
  const [owner, signedIn] = [await userWithDevice(node), await userWithDevice(node)]
  const { release, answers } = await flood(t, toUnknown)
  const before = await waiting()
  const others = [
    login(node, { email: owner.user.email, device: owner.device_token, from: '203.0.113.1' }),
    call(`${node.baseUrl}/auth/reauthenticate`, { token: signedIn.access_token, body: { password } }),
  ]
  await Promise.race([Promise.all(others), untilWaiting(before + others.length)])
  release()
  t.same(tally(await Promise.all(others)), { 200: 2 })
  t.ok((tally(await answers)[503] ?? 0) > 0)
})

t.test('the device token of another account opens no lane', async (t) => {
  const eve = await userWithDevice(node)
  const { release, answers } = await flood(t, toUnknown)
  // The first requests run by now, so a few more fill the lane.
  const more: Promise<unknown>[] = []
  for (let i = many; (await waiting()) < 20; i++) {
    more.push(toUnknown(i))
    await untilWaiting(Math.min((await waiting()) + 1, 20))
  }
  const before = await waiting()
  const stranger = login(node, { email: 'somebody@example.com', device: eve.device_token, from: '203.0.113.3' })
  await Promise.race([stranger, untilWaiting(before + 1)])
  t.equal(await waiting(), before)
  release()
  t.equal((await stranger).status, 503)
  await Promise.all([answers, ...more])
})

/** The number of hashes that wait. */
async function waiting(): Promise<number> {
  const authorization = `Basic ${Buffer.from(credential).toString('base64')}`
  const text = await (await fetch(`${node.baseUrl}/metrics`, { headers: { authorization } })).text()
  return Number(/^countersign_password_hashes_waiting (\d+)$/m.exec(text)?.[1])
}

async function untilWaiting(count: number): Promise<void> {
  while ((await waiting()) < count) await new Promise((resolve) => setTimeout(resolve, 10))
}
