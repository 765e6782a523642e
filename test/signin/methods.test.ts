/** Which methods are two factors. */
import t from 'tap'
import { joinMethods, mayBegin } from '../../src/signin/methods.ts'

t.test(
  'two factors are a password or a mail and a possession, two possessions, or a passkey with its user verified',
  async (t) => {
    const table: [before: string[], proven: string[], joined: string[]][] = [
      [[], ['pwd'], ['pwd']],
      [['pwd'], ['pwd'], ['pwd']],
      [['pwd'], ['email'], ['pwd', 'email']],
      [['pwd'], ['otp'], ['pwd', 'otp', 'mfa']],
      [['email'], ['otp'], ['email', 'otp', 'mfa']],
      [['pwd'], ['hwk'], ['pwd', 'hwk', 'mfa']],
      [['pwd'], ['swk'], ['pwd', 'swk', 'mfa']],
      [['otp'], ['otp'], ['otp']],
      [['otp'], ['hwk'], ['otp', 'hwk', 'mfa']],
      [[], ['swk', 'mfa'], ['swk', 'mfa']],
      [['pwd', 'otp', 'mfa'], ['pwd'], ['pwd', 'otp', 'mfa']],
    ]
    for (const [before, proven, joined] of table)
      t.same(joinMethods(before, proven), joined, `${before.join()} + ${proven.join()}`)
  },
)

t.test('a session does not begin with a possession alone', async (t) => {
  for (const amr of [[], ['otp'], ['hwk'], ['swk']]) t.notOk(mayBegin(amr), String(amr))
  for (const amr of [['pwd'], ['email'], ['hwk', 'mfa']]) t.ok(mayBegin(amr), String(amr))
})
