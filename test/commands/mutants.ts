/** Deliberate breaks of the command line. `npm run test:mutants -- test/commands` */
import { breaks, type Mutant } from '../setup/mutant.ts'

const line = 'test/commands/command-line.test.ts'
const existing = 'test/database/open-existing.test.ts'
const mistakes = 'test/faults/commands/mistakes.test.ts'
const npm = 'test/faults/commands/npm-start.test.ts'
const port = 'test/faults/commands/one-port.test.ts'
const check = 'test/faults/commands/check.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/commands/command-line.ts',
    line,
    ['start --help starts the server', "if (options.has('help'))", "if (options.has('nothing'))"],
    ['unknown options are taken', 'strict: true', 'strict: false'],
    ['wrong usage is a failure', 'return wrongUsage', 'return failed'],
    [
      'a failure is a success',
      'if (!(error instanceof UsageError)) return failed',
      'if (!(error instanceof UsageError)) return 0',
    ],
    ['without a command nothing starts', "[first = 'start']", "[first = 'help']"],
  ),
  ...breaks('src/process/explain-error.ts', line, ['every mistake has a stack', 'if (stack && trace)', 'if (trace)']),
  ...breaks(
    'src/database/open-existing.ts',
    existing,
    ['commands work on tables of another version', 'if (missing.length > 0)', 'if (missing.length > 99)'],
    ['commands make a database', '  if (!made) {', '  if (dataDir === databaseUrl) {'],
  ),
  ...breaks('src/database/migrations/migration-ledger.ts', existing, [
    'commands make the table of migrations',
    '(await hasLedger(client)) ? (await readLedger(client))',
    'true ? (await readLedger(client))',
  ]),
  ...breaks('src/start.ts', mistakes, ['a start that fails ends as if it was asked to', '    ignoreSignals()\n', '']),
  ...breaks('src/start.ts', port, ['no process shares its port', 'reusePort: config.reusePort', 'reusePort: false']),
  ...breaks('src/process/listen-error.ts', mistakes, ['the reason is a code', 'reasons[code]?.(place) ?? ', '']),
  ...breaks('src/config/generated-secret.ts', mistakes, [
    'DATA_DIR is not named',
    'return explainRefusal(path, error)',
    'throw error',
  ]),
  ...breaks('src/process/stop-on-signal.ts', npm, [
    'the end of npm is not noticed',
    'process.ppid !== parent',
    'process.ppid === 0',
  ]),
  ...breaks(
    'src/commands/check.ts',
    check,
    ['the check always passes', 'failed: problems.length > 0', 'failed: false'],
    [
      'the check stops at the settings',
      'const [settings, database] = [checkSettings(), await checkDatabase()]',
      'const settings = checkSettings()\n    const database = settings.problems.length > 0 ? { problems: [], warnings: [] } : await checkDatabase()',
    ],
  ),
]
