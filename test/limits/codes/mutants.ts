/** Deliberate breaks of the limits on codes. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const codes = 'test/limits/codes.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/limits/limits.ts',
    codes,
    [
      'wrong codes for a mailbox are not limited',
      "if (mailbox !== undefined) counts.push({ name: 'code_mailbox', about: mailbox, onSuccess: 'clear' })",
      '',
    ],
    [
      'wrong codes from a client address are not limited',
      "[{ name: 'code_address', about: clientAddress(ip), onSuccess: 'giveBack' }]",
      '[]',
    ],
    [
      'a right code leaves the wrong ones',
      "about: mailbox, onSuccess: 'clear'",
      "about: mailbox, onSuccess: 'giveBack'",
    ],
  ),
  ...breaks('src/limits/rate.ts', codes, [
    'a mailbox gets more wrong codes',
    'code_mailbox: { count: 10, seconds: day }',
    'code_mailbox: { count: 1000, seconds: day }',
  ]),
  ...breaks('src/email-addresses/email-code.ts', codes, [
    'each tag has a budget of wrong codes',
    'mailboxOf(emailKey).mailbox)',
    'emailKey)',
  ]),
]
