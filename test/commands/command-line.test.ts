/** The command line: which command runs, its help, its options, and the exit codes. */
import t from 'tap'
import { runCommandLine } from '../../src/commands/command-line.ts'
import { StartError } from '../../src/config/start-error.ts'

/** Runs the command line. The server is a function that only counts its starts, or throws the error. */
async function run(args: readonly string[], error?: Error) {
  const said = { code: 0, out: '', err: '', starts: 0 }
  const start = async () => {
    if (error) throw error
    said.starts++
  }
  said.code = await runCommandLine(args, {
    version: '1.2.3',
    loadStart: async () => start,
    print: (text) => (said.out += text),
    complain: (text) => (said.err += text),
  })
  return said
}
const commands = ['start', 'migrate', 'check', 'keys', 'admin']

t.test('the server starts with `start`, and without a command', async (t) => {
  t.match(await run(['start']), { code: 0, out: '', err: '', starts: 1 })
  t.match(await run([]), { code: 0, out: '', err: '', starts: 1 })
})

t.test('help is printed, names each command, and starts nothing', async (t) => {
  for (const args of [['--help'], ['-h'], ['help']]) {
    const { code, out, err, starts } = await run(args)
    t.same([code, err, starts], [0, '', 0])
    for (const name of commands) t.match(out, new RegExp(`^  ${name} `, 'm'))
  }
  for (const name of commands) {
    const { code, out, err, starts } = await run([name, '--help'])
    t.same([code, err, starts], [0, '', 0])
    t.match(out, `Usage: countersign ${name}`)
    t.match(out, 'Exit codes\n  0 ')
    t.same(await run(['help', name]), { code, out, err, starts })
    t.same(await run([name, 'any', '-h']), { code, out, err, starts }, 'also beside words')
  }
  for (const line of (await run(['--help'])).out.split('\n')) t.ok(line.length <= 120, line)
})

t.test('--version prints the version', async (t) => {
  t.match(await run(['--version']), { code: 0, out: '1.2.3\n', err: '', starts: 0 })
})

t.test('wrong usage ends with code 2, a sentence and the way to the help', async (t) => {
  const hint = (name: string) => `\\n\`countersign ${name}--help\` says how it is used\\.\\n$`
  const cases: [args: string[], about: string, name: string][] = [
    [['drop'], '^There is no command "drop"\\.', ''],
    [['--verbose'], '^There is no command "--verbose"\\.', ''],
    [['help', 'drop'], '^There is no command "drop"\\.', ''],
    [['start', '--verbose'], "^Unknown option '--verbose'\\.", 'start '],
    [['start', 'now'], '^`countersign start` takes no words, and got now\\.', 'start '],
    [['start', '--json'], "^Unknown option '--json'\\.", 'start '],
    [['migrate', 'now'], '^`countersign migrate` takes no words', 'migrate '],
    [['check', 'now'], '^`countersign check` takes no words', 'check '],
    ...[[], ['drop'], ['revoke'], ['rotate', 'now'], ['list', 'all'], ['revoke', 'one', 'two']].map(
      (words): [string[], string, string] => [['keys', ...words], '^`countersign keys` takes one of: list', 'keys '],
    ),
    [['keys', 'list', '--json=yes'], "^Option '--json' does not take an argument\\.", 'keys '],
    ...[[], ['create'], ['drop', 'a@example.com'], ['grant', 'a@example.com', 'b@example.com']].map(
      (words): [string[], string, string] => [['admin', ...words], '^`countersign admin` takes create, ', 'admin '],
    ),
    [['admin', 'create', 'nobody'], '^"nobody" is not an email address\\.', 'admin '],
    [
      ['admin', 'grant', 'a@example.com', '--password-stdin'],
      '^--password-stdin belongs to `[a-z ]+ create`',
      'admin ',
    ],
  ]
  for (const [args, about, name] of cases) {
    const { code, out, err, starts } = await run(args)
    t.same([code, out, starts], [2, '', 0], args.join(' '))
    t.match(err, new RegExp(about + (about.endsWith('\\.') ? hint(name) : `[^]*${hint(name)}`)))
  }
})

t.test('a failure ends with code 1 and one sentence', async (t) => {
  t.match(await run(['start'], new StartError('No way.')), { code: 1, out: '', err: 'No way.\n' })
  const unexpected = await run(['start'], new TypeError('x is not a function'))
  t.match(unexpected, { code: 1, out: '' })
  t.match(unexpected.err, /^An unexpected error: TypeError: x is not a function\. With LOG_LEVEL=debug, .+\.\n$/)
})
