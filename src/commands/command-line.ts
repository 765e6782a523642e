/** The command line of `countersign`: finds the command, reads its options, prints its output, and decides about the exit code. */

import { parseArgs } from 'node:util'
import { type Config, showsStacks } from '../config/config.ts'
import { errorCode } from '../database/error-code.ts'
import { explainError } from '../process/explain-error.ts'
import { type Command, type Output, UsageError } from './command.ts'
import { help } from './help.ts'
import { createStartCommand } from './start.ts'

type Parts = {
  /** The version of the package. */
  readonly version: string
  /** Loads the function that starts the server. */
  readonly loadStart: () => Promise<(config: Config) => Promise<void>>
  /** By default the streams of the process. */
  readonly print?: (text: string) => void
  readonly complain?: (text: string) => void
}

const failed = 1
const wrongUsage = 2

/** Loads a command. The code of the others is not loaded, so that each starts quickly. */
async function findCommand(name: string, { loadStart }: Parts): Promise<Command> {
  if (name === 'start') return createStartCommand(loadStart)
  if (name === 'migrate') return (await import('./migrate.ts')).migrateCommand
  if (name === 'check') return (await import('./check.ts')).checkCommand
  if (name === 'keys') return (await import('./keys.ts')).keysCommand
  if (name === 'admin') return (await import('./admin.ts')).adminCommand
  throw new UsageError(`There is no command ${JSON.stringify(name)}.`)
}

/** The options and the other words. Throws a UsageError at an option that the command does not have. */
function readWords(args: readonly string[], names: readonly string[]) {
  const flag = { type: 'boolean' } as const
  const options = { help: { ...flag, short: 'h' }, ...Object.fromEntries(names.map((name) => [name, flag])) }
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, strict: true, allowPositionals: true })
    return { options: new Set(Object.keys(values)), words: positionals }
  } catch (error) {
    // The first sentence says what is wrong. The others are about dashes that belong to a word.
    throw new UsageError(`${(error as Error).message.split('. ', 1)[0]?.replace(/\.$/, '')}.`)
  }
}

const printed = ({ text, data }: Output, json: boolean) => (json ? `${JSON.stringify(data, undefined, 2)}\n` : text)

async function run(args: readonly string[], parts: Parts, print: (text: string) => void): Promise<number> {
  const [first = 'start'] = args
  if (['--help', '-h', 'help'].includes(first)) {
    print(args[1] === undefined ? help : (await findCommand(args[1], parts)).help)
    return 0
  }
  if (first === '--version') {
    print(`${parts.version}\n`)
    return 0
  }
  const command = await findCommand(first, parts)
  const { options, words } = readWords(args.slice(1), command.options)
  if (options.has('help')) {
    print(command.help)
    return 0
  }
  const output = await command.run({ options, words })
  if (output) print(printed(output, options.has('json')))
  return output?.failed ? failed : 0
}

/** A reader such as `head` may end before it has read everything. That is no mistake. */
function printToStdout(text: string): void {
  process.stdout.once('error', (error) => {
    if (errorCode(error) !== 'EPIPE') throw error
  })
  process.stdout.write(text)
}

/** Runs the command line, and returns the exit code: 0 done, 1 failed, 2 wrong usage. Without a command, the server starts. */
export async function runCommandLine(args: readonly string[], parts: Parts): Promise<number> {
  const { print = printToStdout, complain = (text) => void process.stderr.write(text) } = parts
  try {
    return await run(args, parts, print)
  } catch (error) {
    complain(`${explainError(error, { stack: showsStacks() })}\n`)
    if (!(error instanceof UsageError)) return failed
    const name = args[0]?.match(/^[a-z]+$/) && !error.message.startsWith('There is no') ? `${args[0]} ` : ''
    complain(`\`countersign ${name}--help\` says how it is used.\n`)
    return wrongUsage
  }
}
