/** The log: a line of JSON each. What might hold a secret is not written, should anybody ever hand it over. */
import { type DestinationStream, type Logger, pino } from 'pino'

// Nothing here logs a request. A library may, or a line that is written next year. By serializers, which cost nothing where
// there is nothing to take out: pino's `redact` looks for every path in every line.
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
// What Postgres says of a row it refused, Prisma of a statement, an HTTP client of its request.
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

/** A logger that writes lines of `level` and above, to stdout where no other destination is given. */
export const createLogger = (level: string, destination?: DestinationStream): Logger =>
  pino({ level, serializers }, destination)
