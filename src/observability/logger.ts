/** The log: one line of JSON for each event. Members that may hold a secret are never written, even if a caller passes them. */
import { type DestinationStream, type Logger, pino } from 'pino'

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

/** A logger that writes lines of `level` and above, by default to stdout. */
export const createLogger = (level: string, destination?: DestinationStream): Logger =>
  pino({ level, serializers }, destination)
