/** Stored attempts: how often one may be tried, and by whom. */
import t from 'tap'
import type { Client } from '../../src/signin/attempt.ts'
import { nowhere, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { app, createMachine } from './machine.ts'

const node = await startNode(t)
const { attempts } = createMachine(node)
const browser = { ...app, mode: 'cookie' } as const
const ended = { code: 'attempt_ended' }

async function begin(client: Client = app) {
  const { user } = await register(node.baseUrl)
  const account = await node.database.prisma.user.findUniqueOrThrow({ where: { id: user.id } })
  return attempts.begin({ goal: 'session', client, amr: ['pwd'] }, account)
}

t.test('an attempt ends with the fifth wrong try, also if all tries come at once', async (t) => {
  const { attempt } = await begin()
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => attempts.open(attempt, app)))
  t.equal(tries.filter(({ status }) => status === 'fulfilled').length, 5)
  await t.rejects(attempts.open(attempt, app), ended)
})

t.test('a look at an attempt counts no try', async (t) => {
  const { attempt } = await begin()
  for (let i = 0; i < 9; i++) await attempts.open(attempt, app, { counts: false })
  t.match(await attempts.open(attempt, app), { amr: ['pwd'], stored: { token: attempt } })
})

t.test('an attempt belongs to the browser that began it', async (t) => {
  const { attempt, binding } = await begin(browser)
  const { binding: another } = await begin(browser)
  for (const client of [browser, { ...browser, binding: another }, { ...browser, binding: 'x' }, app]) {
    await t.rejects(attempts.open(attempt, client), ended)
  }
  t.match(await attempts.open(attempt, { ...browser, binding }), { amr: ['pwd'] })
})

t.test('sign-ins in two tabs of one browser do not end each other', async (t) => {
  const first = await begin(browser)
  const second = await begin({ ...browser, binding: first.binding })
  t.equal(second.binding, first.binding)
  for (const { attempt } of [first, second]) {
    t.match(await attempts.open(attempt, { ...browser, binding: second.binding }), { amr: ['pwd'] })
  }
})

t.test('another browser cannot use the tries up', async (t) => {
  const { attempt, binding } = await begin(browser)
  for (let i = 0; i < 9; i++) await t.rejects(attempts.open(attempt, browser), ended)
  t.match(await attempts.open(attempt, { ...browser, binding }), { amr: ['pwd'] })
})

t.test('an attempt of an app is of no use in a browser', async (t) => {
  const { attempt, binding } = await begin()
  t.equal(binding, undefined)
  await t.rejects(attempts.open(attempt, { ...browser, context: nowhere }), ended)
})

t.test('an attempt ends after ten minutes', async (t) => {
  const { attempt } = await begin()
  const { id } = (await attempts.open(attempt, app)).stored
  await node.database.pool.query("UPDATE signin_attempts SET expires_at = now() - interval '1 ms' WHERE id = $1", [id])
  await t.rejects(attempts.open(attempt, app), ended)
})

t.test('a text that is no attempt is refused', async (t) => {
  for (const text of ['', 'x', 'a'.repeat(43), '\u0000']) await t.rejects(attempts.open(text, app), ended)
})
