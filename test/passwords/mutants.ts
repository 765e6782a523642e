/** Deliberate breaks of passwords and their resets. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const change = 'test/passwords/change.test.ts'
const reset = 'test/passwords/reset.test.ts'
const races = 'test/passwords/races.test.ts'
const forgot = 'test/passwords/forgot.test.ts'
const again = 'test/signin/reauthenticate.test.ts'
const policy = 'test/passwords/password-policy.test.ts'
const predictable = 'test/passwords/predictable.test.ts'

const store = 'src/passwords/password-store.ts'
const changing = 'src/passwords/change-password.ts'
const resetting = 'src/passwords/reset-password.ts'
const requesting = 'src/passwords/request-reset.ts'
const proving = 'src/signin/prove-password.ts'
const provingStore = 'src/signin/reauthentication-store.ts'
const accounts = 'src/accounts/account-store.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(requesting, forgot, [
    'forgot answers after the account is looked up',
    "    afterAnswer(() => writeMail(asked, context), 'a mail for a new password could not be written')",
    '    await writeMail(asked, context)',
  ]),
  ...breaks(store, forgot, [
    'a link goes to an address that the user has given up meanwhile',
    'AND email = ${email} AND disabled_at IS NULL\n',
    "AND (${email} <> '') AND disabled_at IS NULL\n",
  ]),
  ...breaks(
    changing,
    change,
    ['any current password will do', 'if (!matches) {', 'if (matches === undefined) {'],
    [
      'a wrong password is not written down',
      `await audit.record({ type: 'password_change_failed', ...who, context })`,
      '',
    ],
    ['a weak password will do', `requireGoodPassword(next, account.email, '/new_password')`, ''],
    ['the same password will do', 'requireAnother(current, next)', ''],
    [
      'others are kept unless it is said',
      'keep_other_sessions: keepOthers = false',
      'keep_other_sessions: keepOthers = true',
    ],
    ['this node hears of it later', 'revocations.denyUser(userId, session.account.tokenVersion)', ''],
    [
      'the change that comes second ends in a 500',
      'if (!session) throw wrongPassword()',
      "if (!session) throw new AppError('internal_error')",
    ],
  ),
  ...breaks(
    store,
    change,
    ['the own session ends too', `reason: 'password_changed', except: sessionId }`, `reason: 'password_changed' }`],
    ['others always end', 'change.keepOthers ? 0 : (await', '(await'],
    ['a change needs no password that was checked', 'passwordHash: from, disabledAt', 'disabledAt'],
    ['links to other addresses live on', `['password_reset', 'email_change']`, `['password_reset']`],
    ['nobody is told by mail', 'await postMail(tx, change.mail)', ''],
    [
      'a change is not written down',
      `await recordAudit(tx, { type: 'password_changed', ...who, context, detail })`,
      '',
    ],
  ),
  ...breaks('src/sessions/end-sessions-store.ts', change, [
    'sessions of everybody end',
    's.user_id = ${userId}::uuid AND',
    '${userId}::uuid IS NOT NULL AND',
  ]),
  ...breaks(
    resetting,
    reset,
    ['a weak password uses the link up', 'requireGoodPassword(password, email)', ''],
    [
      'a strong password is looked for after the link is used',
      'requireGoodPassword(password, email)',
      `await passwordStore.reset({ userId, hash, to: '', mail: await outbox.seal(mails.changed(email, { devices: 'all' }), userId), context })
    requireGoodPassword(password, email)`,
    ],
    [
      'invented tokens cost a hash',
      'const hash = await findLink(proof, context)',
      'await passwords.hash(password)\n    const hash = await findLink(proof, context)',
    ],
    ['this node hears of it later', 'revocations.denyUser(userId, ended.tokenVersion)', ''],
  ),
  ...breaks(resetting, races, [
    'who comes second is told that it worked',
    `if (!ended) throw new AppError('invalid_one_time_token')`,
    'if (!ended) return',
  ]),
  ...breaks(
    store,
    reset,
    ['tokens are of any purpose', `t.hash = \${hash} AND t.purpose = 'password_reset'`, 't.hash = ${hash}'],
    ['tokens live for ever', 't.expires_at > statement_timestamp() AND ', ''],
    ['disabled persons reset', 'AND u.disabled_at IS NULL AND t.email', 'AND t.email'],
    ['a former address still resets', ' AND t.email = u.email', ''],
    [
      'a token outlives the password',
      ' AND t.bound_to = ${boundToPasswordOf(sql`u`)}`',
      ' AND t.bound_to IS NOT NULL`',
    ],
    [
      'sessions survive',
      `await endSessionsOf(tx, { userId: id, reason: 'password_reset' })`,
      '{ count: 0, tokenVersion: 0 } as EndedSessions',
    ],
    ['the address stays unproven', 'coalesce(email_verified_at, statement_timestamp())', 'email_verified_at'],
    ['nobody is told by mail', 'await postMail(tx, reset.mail)', ''],
    ['a reset is not written down', `await recordAudit(tx, { type: 'password_reset', ...who, context, detail })`, ''],
  ),
  ...breaks(
    store,
    races,
    ['it is not looked whether it was used', '!user || used === 0', '!user'],
    ['other links live on, and two at once both work', ' FOR NO KEY UPDATE`', '`'],
    ['two requests at once both send a link', 'lock?.taken ?? false', 'true'],
  ),
  ...breaks(
    store,
    forgot,
    ['every request sends a mail', '.pauseSeconds} * interval', '.pauseSeconds} * 0 * interval'],
    ['old links pile up', 'OFFSET ${request.mostLive - 1}', 'OFFSET ${request.mostLive + 97}'],
    ['a link goes out to who is disabled', 'AND email = ${email} AND disabled_at IS NULL', 'AND email = ${email}'],
    [
      'requests are not written down',
      `await recordAboutUser(tx, { type: 'password_reset_requested', subjectId, context, detail })`,
      '',
    ],
  ),
  ...breaks(
    requesting,
    forgot,
    ['the mail goes to the typed spelling', 'const to = account?.email ?? email', 'const to = email'],
    [
      'an unknown address is told',
      'const userId = account?.id ?? null',
      `if (!account) throw new Error('unknown')\n    const userId = account.id`,
    ],
  ),
  ...breaks('src/app.ts', forgot, ['links lead to this server', 'linksTo: config.appUrl ?? issuer', 'linksTo: issuer']),
  ...breaks('src/mail/link-target.ts', forgot, ['the token is in the query', '#token=${', '?token=${']),
  ...breaks(accounts, reset, [
    'a renewed hash kills links',
    'SET bound_to = ${boundToPasswordOf(sql`renewed`)}',
    'SET bound_to = ${boundToPasswordOf(sql`old`)}',
  ]),
  ...breaks(accounts, races, [
    'a link that is being made is overlooked',
    'if (count === 0) return',
    'if (count >= 0) return',
  ]),
  ...breaks(
    proving,
    again,
    ['any password will do', 'if (!matches) {', 'if (matches === undefined) {'],
    [
      'a wrong password is not written down',
      `await audit.record({ type: 'reauthentication_failed', ...who, context })`,
      '',
    ],
    ['an older hash stays', 'if (renewed !== undefined) await', 'if (renewed === undefined) await'],
  ),
  ...breaks('src/accounts/user-sql.ts', again, [
    'a password that was changed',
    'AND credential_version = ${credentialVersion} AND',
    'AND ${credentialVersion} >= 0 AND',
  ]),
  ...breaks(
    provingStore,
    again,
    [
      'the time stays',
      'SET ${beginLine(headHash)}, amr',
      'SET generation = s.generation + 1, head_hash = ${headHash}, amr',
    ],
    ['the methods stay', '${beginLine(headHash)}, amr = ${amr}', '${beginLine(headHash)}'],
    ['every session of the user', 's.id = ${sessionId} AND s.user_id = u.id', 's.user_id = u.id'],
    ['a session that has ended', ' AND ${isLive} RETURNING', ' RETURNING'],
    [
      'it is not written down',
      "'reauthenticated', user_id, user_id, id,",
      "'reauthenticated', NULL::uuid, NULL::uuid, id,",
    ],
  ),
  ...breaks(
    'src/passwords/password-policy.ts',
    policy,
    ['common passwords will do', 'isCommon(folded)', 'isCommon(`${folded} `)'],
    ['common passwords in capitals will do', 'isCommon(folded)', 'isCommon(password)'],
    ['the name will do', 'folded.includes(name)', 'folded.startsWith(`${name}@`)'],
    ['the name in capitals will do', 'folded.includes(name)', 'password.includes(name)'],
    ['names of two letters count', 'const shortestName = 3', 'const shortestName = 2'],
    ['names of three letters do not', 'const shortestName = 3', 'const shortestName = 4'],
    ['what stands before a + is no name', "[local, local.split('+')[0] ?? '']", '[local]'],
    ['only what stands before a + is a name', "[local, local.split('+')[0] ?? '']", "[local.split('+')[0] ?? '']"],
  ),
  ...breaks(
    'src/passwords/password-policy.ts',
    predictable,
    ['a word of the address will do', "|| findPattern(folded, parts, isCommon) === 'words'", ''],
    ['the mail domain will do', '[...serviceNames, ...domain]', '[...serviceNames]'],
    ['the name of the service will do', '[...serviceNames, ...domain]', '[...domain]'],
  ),
  ...breaks('src/passwords/create-passwords.ts', predictable, [
    'the server does not know its names',
    'serviceNames: serviceNames(config)',
    'serviceNames: []',
  ]),
  ...breaks(
    'src/passwords/predictable.ts',
    predictable,
    ['lookalikes are not letters', '[password, withLetters(password)]', '[password]'],
    ['a season with a year will do', "['season', (rest) => rest.replaceAll(seasonAndYear, mark)],", ''],
    ['a sequence will do', "['sequence', withoutSequences],", ''],
    ['a sequence backwards will do', "[line, Array.from(line).toReversed().join('')]", '[line]'],
    ['four letters in a row count', '? 4 : 5', '? 4 : 4'],
    [
      'a long sentence with a name in it is refused',
      'Array.from(rest).length < leastBeside',
      'rest.length < password.length',
    ],
  ),
]
