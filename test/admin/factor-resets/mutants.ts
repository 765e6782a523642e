/** Deliberate breaks of resets of factors. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const resets = 'test/admin/factor-resets/factor-resets.test.ts'
const weak = 'test/admin/factor-resets/one-factor-sessions.test.ts'
const store = 'src/admin/factor-resets/factor-reset-store.ts'
const useCase = 'src/admin/factor-resets/reset-factors.ts'

export const mutants: readonly Mutant[] = [
  ...breaks('src/factors/remove-factors-store.ts', resets, [
    'recovery codes survive a reset',
    'await tx.recoveryCode.deleteMany({ where })',
    '{ count: 1 }',
  ]),
  ...breaks(
    store,
    resets,
    ['attempts survive a reset', '  await tx.storedAttempt.deleteMany({ where })\n', ''],
    ['nobody is told of a reset', 'if (mail) await postMail(tx, mail)', 'void postMail'],
    ['a reset of two hours ago is confirmed', '{ expiresAt: { gt: new Date() } }', '({})'],
    ['a demoted administrator counts', 'first && isAdmin(first)', 'first'],
    [
      'two confirmations at once do it twice',
      'if (!(await tx.factorReset.findFirst({ where: { id, ...isWaiting() } }))) return undefined',
      'void isWaiting',
    ],
    ['to ask again starts anew', 'if (waiting) return waiting', 'void waiting'],
  ),
  ...breaks(
    useCase,
    resets,
    ['one administrator is enough', 'if (!needsTwo)', 'if (true)'],
    ['administrators reset themselves', 'if (userId === administrator.userId) throw', 'if (false) throw'],
    ['the same administrator confirms', '[userId, requestedById]', '[userId]'],
    ['the user confirms', '[userId, requestedById]', '[requestedById]'],
    ['a reset waits for a day', 'resetSeconds = 3600', 'resetSeconds = 86_400'],
  ),
  ...breaks('src/admin/user-admin-store.ts', weak, [
    'sessions of one factor go on',
    'wish.requiresTwo(roles) && !wish.requiresTwo(user.roles)',
    'wish.requiresTwo(roles) && wish.requiresTwo(user.roles)',
  ]),
  ...breaks('src/sessions/end-sessions-store.ts', weak, [
    'sessions of two factors end too',
    "AND NOT 'mfa' = ANY(s.amr) AND",
    'AND',
  ]),
]
