/** Deliberate breaks of the settings. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/config/generated-secret.ts',
    'test/config/generated-secret.test.ts',
    [
      'an empty secret is a secret',
      'if (existing !== undefined) return requireSecret(path, existing)',
      'if (existing !== undefined) return existing',
    ],
    ['spaces are a secret', 'secret.trim().length >= shortestSecret', 'secret.length >= shortestSecret'],
    [
      'a file that cannot be read counts as missing',
      "if (code === 'ENOENT') return undefined",
      'if (code) return undefined',
    ],
  ),
  ...breaks('src/config/config.ts', 'test/config/settings.test.ts', [
    'a mail server on another machine needs no TLS',
    "e.SMTP_TLS === 'required' &&",
    "e.SMTP_TLS === 'required' && e.SMTP_URL === undefined &&",
  ]),
  ...breaks(
    'src/config/public-url.ts',
    'test/config/config.test.ts',
    ['the path of a public address may have anything', 'plainPath.test(url.pathname) &&', ''],
    ['a public address may have a query', " && address === text.replace(/\\/$/, '')", ''],
  ),
  ...breaks('src/config/localhost.ts', 'test/config/config.test.ts', [
    'a path makes an address of this machine public',
    "isLocalOrigin(parseUrl(text)?.origin ?? '')",
    'isLocalOrigin(text)',
  ]),
  ...breaks('src/config/plain-connections.ts', 'test/config/plain-connections.test.ts', [
    'a database without TLS is passed over',
    "mode !== 'disable'",
    'true',
  ]),
  ...breaks('src/config/config.ts', 'test/config/setting-conflicts.test.ts', [
    'the rules between settings wait for a good environment',
    '[...mistakes, ...settingConflicts(good, bad)]',
    '(mistakes.length > 0 ? mistakes : settingConflicts(good, bad))',
  ]),
  ...breaks(
    'src/config/setting-conflicts.ts',
    'test/config/setting-conflicts.test.ts',
    ['a rule reads a wrong setting', '!names.some((name) => bad.has(name)) && isBroken(env)', 'isBroken(env)'],
    ['a PUBLIC_URL that cannot be read means development', " || !bad.has('PUBLIC_URL'))", ')'],
  ),
  ...breaks(
    'src/config/server-url.ts',
    'test/config/server-url.test.ts',
    ['a fragment is part of an address', "url.hash !== '' || ", ''],
    ['an @ in the path is a part of the name', "path.includes('@') || ", ''],
    ['two @ before the host have one meaning', "authority.split('@').length > 2 || ", ''],
    ['a list of hosts is a host', " || url.hostname.includes(',')", ''],
    ['a lone percent sign can be decoded', 'url.password, ', ''],
    ['an @ behind a question mark is a parameter', "path === '' || ", ''],
  ),
  ...breaks(
    'src/config/unknown-settings.ts',
    'test/config/unknown-settings.test.ts',
    ['service links are settings', ' || ofServiceLinks.test(value)', ''],
    ['two letters cannot change places', 'isExchange ? at', 'isExchange && i < 0 ? at'],
    ['the plural is another word', 'word.slice(0, -1) : word', 'word : word'],
    ['the order of words matters', ' || sorted(setting) === sorted(name)', ''],
    ['only the exact prefix hides a name', '|_SERVICE_(?:HOST|PORT)(?:_|$)', ''],
  ),
]
