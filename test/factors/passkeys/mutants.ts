/** Deliberate breaks of passkeys. `npm run test:mutants -- passkeys` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const signIn = 'test/factors/passkeys/sign-in.test.ts'
const add = 'test/factors/passkeys/add.test.ts'
const enrol = 'test/factors/passkeys/enrol.test.ts'
const races = 'test/factors/passkeys/races.test.ts'
const challenge = 'test/factors/passkeys/challenge.test.ts'
const vectors = 'test/factors/passkeys/w3c-vectors.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/factors/passkeys/challenge.ts',
    challenge,
    ['a challenge is for any purpose', '`${purpose}\\n${binding}\\n`', '`${binding}\\n`'],
    ['a challenge is for any session', '`${purpose}\\n${binding}\\n`', '`${purpose}\\n`'],
    ['a challenge lives for ever', 'if (endMs <= clock()) return undefined', ''],
    ['its row is removed while it lives', 'endMs + keptLongerMs', 'endMs - keptLongerMs'],
    ['a challenge has several spellings', 'isCanonical(text) ? ', 'text.length > 0 ? '],
    [
      'anybody can make a challenge',
      'timingSafeEqual(tag(key, body, use), bytes.subarray(tagAt))',
      'key !== undefined',
    ],
  ),
  ...breaks(
    'src/factors/passkeys/webauthn.ts',
    signIn,
    ['any page may use passkeys', '|| !relyingParty.allows(data.origin)', ''],
    ['a frame of another origin may use passkeys', 'data.inForeignFrame || ', ''],
    [
      'another domain is told apart by nothing',
      "throw new AppError('passkey_origin_refused')\n      const { verifyAuthenticationResponse }",
      'void 0\n      const { verifyAuthenticationResponse }',
    ],
    ['a bad signature is as good', "if (!result.verified) throw new AppError('invalid_factor')", ''],
    [
      'a passkey alone need not verify its user',
      "requireUserVerification: userVerification === 'required',\n      }).catch(() => {",
      'requireUserVerification: false,\n      }).catch(() => {',
    ],
  ),
  ...breaks('src/factors/passkeys/webauthn.ts', vectors, [
    'any algorithm will do',
    'supportedAlgorithmIDs: algorithms,\n      }).catch',
    'supportedAlgorithmIDs: [-7, -8, -35, -36, -257],\n      }).catch',
  ]),
  ...breaks(
    'src/factors/passkeys/check-passkey.ts',
    signIn,
    ['a passkey of another user will do', 'if (known !== undefined && known !== userId) return false', ''],
    ['the user handle may be that of another user', 'return handle === userHandleOf(userId)', 'return true'],
    ['a free sign-in needs no user handle', 'return known !== undefined\n', 'return true\n'],
    [
      'a counter that stands still is passed over',
      'if (counter > passkey.counter ||',
      'if (counter >= passkey.counter ||',
    ],
    ['a copy of a passkey on one device signs in', "if (!passkey.synced) throw new AppError('invalid_factor')", ''],
    ['a synced passkey must count', 'if (!passkey.synced) throw', 'if (passkey) throw'],
    ['a disabled user signs in', "if (account.disabledAt) throw new AppError('account_disabled')", ''],
    ['the last use is not stored', 'records: recordUse({ id: passkey.id, counter: used.counter }),', ''],
    ['user verification is not told', "...(used.userVerified ? ['mfa'] : [])", ''],
    ['a repeated request is taken for a copy', "if (found.spent) throw new AppError('invalid_challenge')", ''],
  ),
  ...breaks('src/factors/passkeys/check-passkey.ts', races, [
    'an assertion is worth any number of sessions',
    'consumes: spendChallenge(challenge),',
    '',
  ]),
  ...breaks('src/accounts/user-sql.ts', races, [
    'a passkey that is removed meanwhile still signs in',
    'AND credential_version = ${credentialVersion} ',
    'AND ${credentialVersion} >= 0 ',
  ]),
  ...breaks(
    'src/factors/passkeys/passkey-adding-store.ts',
    add,
    ['one challenge adds many passkeys', "if (spent.length === 0) throw new AppError('invalid_challenge')", ''],
    ['a user has any number of passkeys', "if (count >= mostPasskeys) throw new AppError('too_many_passkeys')", ''],
  ),
  ...breaks('src/factors/passkeys/routes.ts', add, [
    'the session does not know of the passkey',
    'amr: joinMethods(amr, [methodOf(passkey)]) })',
    'amr })',
  ]),
  ...breaks('src/factors/open-enrolment.ts', enrol, [
    'a user who has a factor adds another with the password alone',
    "if (!policy.owes(account, goal, before)?.enrolment?.includes(kind)) throw new AppError('attempt_ended')",
    '',
  ]),
  ...breaks('src/factors/passkeys/use-passkey.ts', signIn, [
    'a challenge of one attempt is good for another',
    "binding: stored.id.toString('base64url'),",
    "binding: '',",
  ]),
  ...breaks('src/config/passkey-origins.ts', 'test/config/passkey-origins.test.ts', [
    'the end of a name is its domain',
    '`.${hostOf(entry)}`.endsWith(`.${domain}`)',
    'hostOf(entry).endsWith(domain)',
  ]),
]
