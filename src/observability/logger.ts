/** The log: one line of JSON for each event. Members that may hold a secret are never written, even if a caller passes them. */
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { createRepeatedErrors } from './repeated-errors.ts'

// No code here logs a request, but a library may. Serializers cost nothing for lines without these members. The `redact` option of pino
// looks for every path in every line.
const secretive = [
  'req',
  'res',
  'headers',
  'body',
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'secret',
  'token',
]
const redacted = () => '[redacted]'
// Members of errors that quote values: Postgres quotes a refused row, Prisma a statement, an HTTP client its request.
const secretiveOfErrors = [
  'detail',
  'where',
  'hint',
  'internalQuery',
  'parameters',
  'meta',
  'config',
  'request',
  'response',
]

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const described: Record<string, unknown> = { ...pino.stdSerializers.err(error) }
  for (const name of [...secretiveOfErrors, ...secretive]) if (name in described) described[name] = redacted()
  return described
}

const serializers = { ...Object.fromEntries(secretive.map((name) => [name, redacted])), err: describe }

const warnLevel = 40

type Options = {
  /** For tests: how the time of repeated errors passes. */
  readonly time?: Pick<Parameters<typeof createRepeatedErrors>[0], 'now' | 'later'>
}

/**
 * A logger that writes lines of `level` and above, by default to stdout. Of the warnings and errors that have one kind of error in `err`,
 * it writes one a second, and then their number.
 */
export function createLogger(level: string, destination?: DestinationStream, { time = {} }: Options = {}): Logger {
  const repeated = createRepeatedErrors({
    ...time,
    report: ({ text, error }, leftOut) => logger.warn({ text, error, leftOut }, 'lines of one kind were left out'),
  })
  const hooks: LoggerOptions['hooks'] = {
    logMethod(args, method, lineLevel) {
      const [about, text] = args as [unknown, unknown]
      const err: unknown = about !== null && typeof about === 'object' && 'err' in about ? about.err : undefined
      if (lineLevel >= warnLevel && err instanceof Error && !repeated.allows(String(text), err)) return
      method.apply(this, args)
    },
  }
  const logger = pino({ level, serializers, hooks }, destination)
  return logger
}
