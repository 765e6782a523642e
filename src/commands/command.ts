/** The parts of every command of `countersign`. */
import { StartError } from '../config/start-error.ts'

/** What a command prints: for people, or with `--json`. */
export type Output = {
  /** Lines, with a line feed at the end. */
  readonly text: string
  readonly data: Readonly<Record<string, unknown>>
  /** Whether the exit code is 1 all the same. */
  readonly failed?: boolean
}

/** The arguments after the name of the command. */
export type Given = {
  readonly words: readonly string[]
  /** The options that were given, without their dashes. */
  readonly options: ReadonlySet<string>
}

export type Command = {
  /** The answer to `--help`. */
  readonly help: string
  /** The options besides `--help`. None of them has a value. */
  readonly options: readonly string[]
  /** Returns nothing if the command goes on in the background, as the server does. Throws a UsageError or a StartError. */
  run(given: Given): Promise<Output | undefined>
}

/** The command was not written as its help says. */
export class UsageError extends StartError {
  override readonly name = 'UsageError'
}

/** The lines about exit codes in every help. */
export const exitCodes = `Exit codes
  0  done
  1  failed; stderr has the reason
  2  wrong usage
`
