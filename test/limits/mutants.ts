/** Deliberate breaks of the limits. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const store = 'test/limits/store.test.ts'
const guesses = 'test/limits/guesses.test.ts'
const addresses = 'test/limits/addresses.test.ts'
const devices = 'test/limits/devices.test.ts'
const requests = 'test/limits/requests.test.ts'
const letters = 'test/limits/mails.test.ts'
const resets = 'test/limits/resets.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/limits/limit-store.ts',
    store,
    [
      'Postgres: of many at once all get through',
      'WHERE over OR a.count < ${p.free}::int OR a.next_at <= now',
      'WHERE true OR a.count < ${p.free}::int',
    ],
    ['Postgres: a wait never ends', 'OR a.next_at <= now', ''],
    ['Postgres: nothing is forgotten', 'CASE WHEN over THEN 1 ELSE a.count + 1 END', 'a.count + 1'],
    [
      'Postgres: what is counted puts nothing off',
      'WHEN over OR ${p.slides} THEN',
      'WHEN over OR (${p.slides} AND false) THEN',
    ],
    [
      'Postgres: a window never ends while clients come',
      'WHEN over OR ${p.slides} THEN',
      'WHEN over OR ${p.slides} OR true THEN',
    ],
    ['Postgres: every refusal is the first', 'a.refused + 1,', '1,'],
    ['Postgres: what is given back counts', 'SET count = count - 1,', 'SET count = count,'],
    [
      'Postgres: giving one back ends every wait',
      'CASE WHEN count = ${p.count} THEN',
      'CASE WHEN ${p.count}::int IS NOT NULL THEN',
    ],
    [
      'Postgres: giving one back leaves its wait',
      'CASE WHEN count = ${p.count} THEN',
      'CASE WHEN ${p.count}::int IS NULL THEN',
    ],
  ),
  ...breaks(
    'src/limits/redis-limit-store.ts',
    store,
    ['Redis: all get through', 'if count >= free and next > now then', 'if false then'],
    ['Redis: waits do not grow', 'math.min(count - free + 1, #ARGV - 3)', '1'],
    ['Redis: what is counted puts nothing off', "if ARGV[3] == '1' then", 'if false then'],
    ['Redis: a window never ends while somebody comes', "if ARGV[3] == '1' then", 'if true then'],
    ['Redis: nothing is forgotten', "redis.call('PEXPIREAT', KEYS[1], over)\n", ''],
    ['Redis: giving one back ends everybody’s wait', 'if count == tonumber(ARGV[1]) then', 'if true then'],
  ),
  ...breaks(
    'src/limits/limits.ts',
    guesses,
    ['attempts are not counted by account', "{ name: 'login_account', about: emailKey, onSuccess: 'clear' },", ''],
    ['what was no guess is counted', 'await giveBack()\n      throw error', 'throw error'],
    ['every refusal is an event', 'if (reservation.first) await', 'await'],
    ['a right password forgets nothing', 'if (outcome.matches) {', 'if (false) {'],
    [
      'keys are readable',
      "createHmac('sha256', keys.inForce()).update(`${name}:${about}`).digest()",
      'key && Buffer.from(`${name}:${about}`)',
    ],
  ),
  ...breaks(
    'src/limits/limits.ts',
    addresses,
    [
      'attempts are not counted by address',
      "{ name: 'login_address', about: clientAddress(ip), onSuccess: 'giveBack' },",
      '',
    ],
    [
      'each IPv6 address has a budget',
      "'login_address', about: clientAddress(ip)",
      "'login_address', about: String(ip)",
    ],
    [
      'an own account clears the guesses at others',
      "'login_address', about: clientAddress(ip), onSuccess: 'giveBack'",
      "'login_address', about: clientAddress(ip), onSuccess: 'clear'",
    ],
  ),
  ...breaks(
    'src/limits/limits.ts',
    resets,
    [
      'asking for a blocked account is free',
      'if (reservation.first) await onRefused(name)',
      'await giveBack()\n        if (reservation.first) await onRefused(name)',
    ],
    [
      'a reset forgives nothing',
      "forgiveAccount: (emailKey) => store.clear(keyOf('login_account', emailKey)),",
      'forgiveAccount: async () => {},',
    ],
  ),
  ...breaks('src/passwords/reset-password.ts', resets, [
    'an invented token forgives the account',
    "if (!found) throw new AppError('invalid_one_time_token')",
    "if (!found) await limits.forgiveAccount('person-2@example.com')\n    if (!found) throw new AppError('invalid_one_time_token')",
  ]),
  ...breaks('src/http/browser/token-transport.ts', resets, [
    'a reset trusts no browser',
    "if (mode === 'cookie') setDevice",
    "if (mode === 'bearer') setDevice",
  ]),
  ...breaks('src/http/create-edge.ts', resets, [
    'the built-in page is a foreign one',
    '[...spaOrigins, own]',
    'spaOrigins',
  ]),
  ...breaks(
    'src/http/server.ts',
    addresses,
    ['everybody is believed', 'trustedProxies.length > 0 ? [...trustedProxies] : false', 'true'],
    ['no proxy is believed', 'trustedProxies.length > 0 ? [...trustedProxies] : false', 'false'],
  ),
  ...breaks(
    'src/limits/client-address.ts',
    'test/limits/client-address.test.ts',
    ['the whole IPv6 address counts', 'groups.slice(0, 4)', 'groups'],
    ['IPv4 written as IPv6 is another', 'high && low ?', 'high && !low ?'],
  ),
  ...breaks('src/signin/login.ts', guesses, [
    'a refused guess costs a hash',
    '    const { matches, renewed } = await limits.login(',
    '    await passwords.check(password, undefined)\n    const { matches, renewed } = await limits.login(',
  ]),
  ...breaks(
    'src/signin/login.ts',
    devices,
    ['no device is known', 'device.userId === (await find())?.id ? device : undefined', 'undefined'],
    ['any device is known', 'device && device.userId === (await find())?.id ? device : undefined', 'device'],
  ),
  ...breaks(
    'src/tokens/trusted-device-token.ts',
    devices,
    [
      'anybody makes device tokens',
      'if (!keys.all.some((key) => timingSafeEqual(Buffer.from(tag(body, key)), presented))) return undefined\n',
      '',
    ],
    ['they hold forever', 'Number(expiry) * 1000 > clock() ? { id, userId } : undefined', '{ id, userId }'],
  ),
  ...breaks(
    'src/signin/start-session.ts',
    devices,
    ['each login makes a new device', 'if (known?.userId === userId) return', 'if (false) return'],
    ['any number of devices becomes known', '(await limits.allowsNewDevice(userId)) ?', 'true ?'],
  ),
  ...breaks('src/http/browser/cookies.ts', devices, [
    'a logout forgets the device',
    "for (const kind of ['access', 'refresh'] as const) {",
    "for (const kind of ['access', 'refresh', 'device'] as const) {",
  ]),
  ...breaks(
    'src/http/bounds/request-limit.ts',
    requests,
    ['counted by the address line', '`${routeOf(request)} ', '`${request.url} '],
    ['each unknown address has a budget', "? 'unmatched' :", '? String(Math.random()) :'],
    ['probes are counted', 'if (!request.routeOptions.config?.unlimited) await', 'await'],
    ['one budget for everybody', ' ${addressOf(request.ip)}`', '`'],
  ),
  ...breaks('src/email-addresses/send-verification.ts', letters, [
    'links are sent without end',
    'account && allowed ? account',
    'account ? account',
  ]),
  ...breaks('src/registration/await-verification.ts', letters, [
    'mails about registrations are not limited',
    'allowed ? known : { id',
    'known ?? { id',
  ]),
  ...breaks('src/registration/register.ts', letters, [
    'registrations are not counted',
    "await limits.requireOfAddress('register', client.context.ip)\n",
    '',
  ]),
  ...breaks('src/passwords/request-reset.ts', letters, [
    'links for new passwords are not counted',
    "await limits.requireOfAddress('letters_address', context.ip)\n",
    '',
  ]),
  ...breaks('src/passwords/change-password.ts', 'test/limits/sessions.test.ts', [
    'guesses at the current password are not counted',
    'limits.inSession(sessionId, () => passwords.check(current, account.passwordHash, userId))',
    'passwords.check(current, account.passwordHash, userId)',
  ]),
  ...breaks('src/signin/prove-password.ts', 'test/limits/sessions.test.ts', [
    'guesses in a session are not counted',
    'limits.inSession(sessionId, () =>\n      passwords.check(password, passwordHash, userId),\n    )',
    'passwords.check(password, passwordHash, userId)',
  ]),
  ...breaks(
    'src/limits/fallback.ts',
    'test/faults/limits/redis.test.ts',
    ['without Redis nobody logs in', 'return call(second)\n    }\n  }', 'throw error\n    }\n  }'],
    ['a Redis that hangs is asked each time', 'restsUntil = performance.now() + restMs', 'restsUntil = 0'],
  ),
  ...breaks(
    'src/limits/local-refusals.ts',
    'test/limits/local-refusals.test.ts',
    ['all ask at once', 'const mine = turn.last.then(', 'const mine = Promise.resolve().then('],
    ['a refusal is kept until its wait is over', 'Math.min(refusal.nextAt, refusal.knownUntil)', 'refusal.nextAt'],
    [
      'each of many waits for a dead store in turn',
      'if (turn.failure && clock() - since >= patienceMs) throw turn.failure.error\n',
      '',
    ],
    [
      'what was given back is still refused',
      'refusals.delete(nameOf(key))\n      return store.giveBack',
      'return store.giveBack',
    ],
  ),
  ...breaks('src/secrets/server-secrets.ts', 'test/limits/secrets.test.ts', [
    'attempts are counted under the newest secret, which other nodes may lack',
    'all[secrets.indexInForce()]',
    'all[0 * secrets.indexInForce()]',
  ]),
]
