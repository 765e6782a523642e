/** Deliberate breaks of @countersign/client. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'
import { serverMutants } from './server-mutants.ts'

const source = 'packages/client/src'
const session = 'test/packages/client/session.test.ts'
const offline = 'test/packages/client/offline.test.ts'
const shared = 'test/packages/client/shared.test.ts'
const stepUp = 'test/packages/client/step-up.test.ts'
const tabs = 'test/browser/client.test.ts'
const storages = 'test/packages/client/storages.test.ts'

const factors = 'test/packages/client/factors.test.ts'

export const mutants: readonly Mutant[] = [
  ...serverMutants,
  ...breaks(`${source}/step-up.ts`, factors, [
    'a code is sent again after a lost answer of a step-up',
    'afterNoAnswer: body.password !== undefined',
    'afterNoAnswer: true',
  ]),
  ...breaks(
    `${source}/call-api.ts`,
    factors,
    ['a new factor leaves the old access token', 'confirmTotp: async () => access.expire(),', ''],
    [
      'a sign-in that goes on is taken for a session',
      "if (found.status === 'signed_in') await keep(found)",
      'await keep(found as Tokens)',
    ],
    ['a code is sent again after a lost answer', "afterNoAnswer: method === 'GET'", 'afterNoAnswer: true'],
    [
      'a sign-in by a code is not kept',
      'return signsIn ? alone(() => kept(once() as Promise<SignInAnswer>)) : once()',
      'return once()',
    ],
  ),
  ...breaks(
    `${source}/errors.ts`,
    session,
    ['any 401 of a refresh ends the session', " && error.code === 'invalid_refresh_token'", ''],
    [
      'any refusal of a refresh ends the session',
      "error.status === 401 && error.code === 'invalid_refresh_token'",
      'true',
    ],
  ),
  ...breaks(
    `${source}/refresh.ts`,
    session,
    ['a refresh without an answer ends the session', 'if (!isEnded(error)) throw error\n      if (mode', 'if (mode'],
    ['a refresh is tried once', 'const attempts = 4', 'const attempts = 1'],
  ),
  ...breaks(
    `${source}/refresh.ts`,
    shared,
    [
      'the storage is not read again',
      'const stored = await store.read()\n    if (mode',
      'const stored = await store.peek()\n    if (mode',
    ],
    [
      'a token that another tab has got is not used',
      'if (isUsable(held) && !isSameAnswer(held.record, seen)) return',
      '',
    ],
    [
      'a late refusal signs everybody out',
      'else if (!(await store.forget(stored))) await store.read()',
      'else while (!(await store.forget(await store.peek()))) {}',
    ],
  ),
  ...breaks(
    `${source}/session-store.ts`,
    shared,
    ['a late answer replaces a newer token', 'if (isGone || isOther || isLater) return void (await read())', ''],
    ['a late answer brings a session back', 'if (isGone || isOther || isLater)', 'if (isOther || isLater)'],
    [
      'an older token in the storage is not corrected',
      '} else if (record && held && isStored) {',
      '} else if (record && held && !held) {',
    ],
    [
      'a token is used before it is stored',
      'if (!(await replace(stored.text, textOf(record)))) return false\n    hold(record, { isOwn })',
      'hold(record, { isOwn })\n    if (!(await replace(stored.text, textOf(record)))) return false',
    ],
    ['a full storage ends the refresh', 'if (!(error instanceof StorageError)) throw error', 'throw error'],
  ),
  ...breaks(
    `${source}/lock.ts`,
    tabs,
    ['tabs do not wait for each other', 'const granted = isShared ? ', 'const granted = !isShared ? '],
    [
      'a tab waits for a frozen one for ever',
      'locks?.request(name, { signal }, () => {',
      'locks?.request(name, () => {',
    ],
  ),
  ...breaks(`${source}/create-client.ts`, tabs, [
    'a tab does not hear of the others',
    'if (!store.holdNewer(parseRecord(text))) lookAgainQuietly()',
    '',
  ]),
  ...breaks(
    `${source}/session-store.ts`,
    tabs,
    ['cookie mode stores the user', "...(mode === 'cookie' && { user: null })", ''],
    ['a storage without a session signs out in cookie mode', "if (mode === 'bearer') hold(record)", 'hold(record)'],
  ),
  ...breaks(`${source}/session-store.ts`, storages, [
    'a phone keeps the access token',
    '...(!storage.isShared && { accessToken: undefined })',
    '',
  ]),
  ...breaks(
    `${source}/access.ts`,
    session,
    ['a request is not repeated', 'return held ? work(held) : result', 'return result'],
    ['an expired token is not refreshed', "code === 'token_expired' ||", "code === 'other' ||"],
    [
      'a revoked token is used until it expires',
      "if (code === 'token_revoked' || code === 'invalid_token') {",
      "if (code === 'invalid_token') {",
    ],
    [
      'a request is repeated although the session has ended',
      'if (goesOn && held) return work(held)',
      'if (held) return work(held)',
    ],
    ['a request is repeated after any 401', 'if (saysExpired(code))', 'if (code !== undefined)'],
  ),
  ...breaks(
    `${source}/fetch.ts`,
    session,
    ['the token goes to every address', 'if (!mayGetToken(url))', 'if (!url)'],
    [
      'the token goes to an address that only begins alike',
      'pathname.startsWith(`${folder}/`)',
      'pathname.startsWith(folder)',
    ],
    [
      'the body of a request is used up',
      'let next: Request | undefined = request.clone()',
      'let next: Request | undefined = request',
    ],
  ),
  ...breaks(
    `${source}/create-client.ts`,
    offline,
    ['the first question is asked once', 'recovery.start()\n      throw error', 'throw error'],
    ['a client that is offline waits for a request of the app', 'else recovery.start()', ''],
  ),
  ...breaks(`${source}/send.ts`, session, [
    'a page of a network counts as an answer',
    "if (ok && (text === '' || json !== undefined)) return json",
    'if (ok) return json',
  ]),
  ...breaks(`${source}/create-client.ts`, session, [
    'a revoked session is an error of user()',
    'if (error instanceof ApiError && error.status === 401) await access.current()',
    '',
  ]),
  ...breaks(`${source}/create-client.ts`, session, [
    'a sign-out needs the network',
    'const refreshToken = (await forget())?.refreshToken',
    "const refreshToken = (await store.peek()).record?.refreshToken\n    await send('POST', '/auth/logout', { body: { refresh_token: refreshToken } })\n    await forget()",
  ]),
  ...breaks(`${source}/create-client.ts`, storages, [
    'the device token is not kept',
    'await storage.replace(deviceKey,',
    'await memoryStorage().replace(deviceKey,',
  ]),
  ...breaks(
    `${source}/step-up.ts`,
    stepUp,
    [
      'a step-up whose answer is lost is not repeated',
      'afterNoAnswer: body.password !== undefined',
      'afterNoAnswer: false',
    ],
    [
      'a changed password whose answer is lost signs out',
      "return post('/auth/login', { email: address, password: body.new_password }).catch(() => {\n          throw error\n        })",
      'throw error',
    ],
    ['a wrong password is tried as the new one', 'if (!isLost || !address', 'if (!address'],
  ),
  ...breaks(`${source}/call-api.ts`, stepUp, ['the end of a session is not noticed', 'deleteMe: () => end(),', '']),
  ...breaks(`${source}/storage/cookie-marks.ts`, offline, [
    'a server that renders pages cannot make a client',
    "if (typeof document === 'undefined') return spare",
    '',
  ]),
  ...breaks(`${source}/storage/async-storage.ts`, storages, [
    'two changes on a phone overlap',
    'const result = last.then(work, work)',
    'const result = work()',
  ]),
  ...breaks(
    `${source}/storage/file.ts`,
    storages,
    [
      'two changes of a file overlap',
      'return alone(`${path}.lock`, async () => {',
      'return (async (_: string, work: () => Promise<boolean>) => work())(`${path}.lock`, async () => {',
    ],
    ['everybody may read the file', "open(draft, 'w', 0o600)", "open(draft, 'w', 0o644)"],
  ),
]
