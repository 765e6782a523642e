/** Deliberate breaks of the built-in pages. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const appLinks = 'test/web/app-links.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/http/errors/error-handler.ts',
    'test/web/static-files.test.ts',
    ['a path out of the folder is a fault of the server', "  403: 'not_found',\n", ''],
    ['a range past the end is a fault of the server', "  416: 'range_not_satisfiable',\n", ''],
    ['a condition that fails is a fault of the server', "  412: 'precondition_failed',\n", ''],
  ),
  ...breaks(
    'src/web/routes.ts',
    appLinks,
    ['the files of phones are text', "reply.type('application/json').header", "reply.type('text/plain').header"],
    ['the file of iOS lists no app', 'if (appleAppIds.length > 0)', 'if (appleAppIds.length >= 0)'],
    ['the file of Android lists no app', 'if (androidApps.length > 0)', 'if (androidApps.length >= 0)'],
  ),
  ...breaks(
    'src/config/setting-rules.ts',
    appLinks,
    ['a short fingerprint is accepted', '{31}[0-9A-Fa-f]{2})$/', '{30,31}[0-9A-Fa-f]{2})$/'],
    ['the second certificate of an app is lost', '[...(apps.get(packageName) ?? []), fingerprint', '[fingerprint'],
  ),
  ...breaks('src/web/page.ts', 'test/web/pages.test.ts', [
    'the name of the service is not escaped',
    '<span>${escapeHtml(name)}</span>',
    '<span>${name}</span>',
  ]),
  ...breaks('src/config/setting-rules.ts', 'test/web/pages.test.ts', [
    'a logo adds to the policy of the pages',
    '[^\\s;,\'"<>\\\\@]{1,300}',
    '.{1,300}',
  ]),
  ...breaks('src/http/html.ts', 'test/web/pages.test.ts', [
    'a program gets a page',
    'return html >= 0 && (json < 0 || html < json)',
    'return html >= 0 || json < 0',
  ]),
]
