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
    "isLocalOrigin(URL.parse(text)?.origin ?? '')",
    'isLocalOrigin(text)',
  ]),
  ...breaks('src/config/plain-connections.ts', 'test/config/plain-connections.test.ts', [
    'a database without TLS is passed over',
    "mode !== 'disable'",
    'true',
  ]),
]
