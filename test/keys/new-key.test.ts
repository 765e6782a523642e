/** New keys are made outside of the transaction that stores them. */
import t from 'tap'
import { type NewKey, withNewKeys } from '../../src/keys/new-key.ts'

t.test('an attempt is repeated until there are as many keys as it takes, and each is another key', async (t) => {
  let attempts = 0
  const taken = await withNewKeys('ES256', async (takeKey) => {
    attempts++
    const keys: NewKey[] = []
    for (let i = 0; i < 3; i++) keys.push(takeKey())
    return keys
  })
  t.equal(attempts, 4)
  t.equal(new Set(taken.map(({ publicJwk }) => publicJwk.kid)).size, 3)
})

t.test('an attempt that takes no key runs once, and its error is passed on', async (t) => {
  let attempts = 0
  const failed = withNewKeys('EdDSA', async () => {
    attempts++
    throw new Error('the database is away')
  })
  await t.rejects(failed, { message: 'the database is away' })
  t.equal(attempts, 1)
})
