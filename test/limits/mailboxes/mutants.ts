/** Deliberate breaks of the budgets of mailboxes. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const mailboxes = 'test/limits/mailboxes.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/limits/limits.ts',
    mailboxes,
    ['each tag gets a mail beyond the budget', '(isVerified || !isTagged)', 'true'],
    ['a tag that is in use gets no mail beyond the budget', '(isVerified || !isTagged)', '!isTagged'],
    [
      'a stranger leaves the owner without a link',
      '(mayCount && counted) || (isDue && (isVerified || !isTagged))',
      'mayCount && counted',
    ],
    ['tags use the whole budget', '[`${kind} tags ${mailbox}`, all],', ''],
    ['one client uses the share of all tags', '[ofClient, client],', ''],
    ['a change of email to tags uses the whole budget', 'const reservation = refusal ??', 'const reservation ='],
    ['only the share of the tags is counted', '(mayCount && counted) ||', 'mayCount ||'],
    ['a refused tag uses up the budget', "${mayCount ? '' : 'refused '}", ''],
  ),
  ...breaks('src/limits/mailbox.ts', mailboxes, [
    'each tag has a budget',
    'emailKey.slice(0, plus) + emailKey.slice(at)',
    'emailKey',
  ]),
  ...breaks('src/registration/register.ts', mailboxes, [
    'with open sign-up each registration sends a mail',
    'allowed ? link : undefined',
    'link',
  ]),
  ...breaks('src/passwords/password-store.ts', mailboxes, [
    'links for new passwords go to each tag',
    'request.allowed && ',
    '',
  ]),
]
