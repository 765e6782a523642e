/** Deliberate breaks of the lines about addresses. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/http/proxy-warning.ts',
    'test/http/proxy-warning.test.ts',
    ['a warning for each request', ' && !told.has(found.kind)', ''],
    [
      'an address of the internet is offered to be trusted',
      'peer === undefined || !isPrivate(peer)',
      'peer === undefined',
    ],
    ['a stranger uses up the warning of the proxy', 'told.size < kinds', 'told.size < 1'],
    ['a known proxy is told', 'if (header === believed) return undefined', ''],
  ),
  ...breaks(
    'src/http/log-addresses.ts',
    'test/http/log-addresses.test.ts',
    ['any text is an address', 'plainAddress(request.ip)', 'request.ip'],
    ['a wrong code is no failed login', ", 'invalid_code'", ''],
  ),
  ...breaks('src/http/create-edge.ts', 'test/http/log-addresses.test.ts', [
    'addresses are logged always',
    'logsAddresses: config.logAddresses',
    'logsAddresses: true',
  ]),
]
