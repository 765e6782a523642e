/** The log: a line of JSON each. What might hold a secret is not written, should anybody ever hand it over. */
import { type DestinationStream, type Logger, pino } from 'pino'

// Nothing here logs a request or a header. A library may, or a line that is written next year; and what Postgres says of a
// row, or a client library of a request, is on the error that is logged.
const secretive = ['headers', 'body', 'authorization', 'cookie', '["set-cookie"]', 'password', 'secret', 'token']
const ofPostgres = ['detail', 'where', 'hint', 'internalQuery', 'parameters']

const under = (place: string, names: readonly string[]) =>
  names.map((name) => (name.startsWith('[') ? `${place}${name}` : `${place}.${name}`))

const paths = [
  ...secretive.map((name) => name),
  ...['*', 'req', 'request', 'err', 'err.*'].flatMap((place) => under(place, secretive)),
  ...under('err', ofPostgres),
]

/** A logger that writes lines of `level` and above, to stdout where no other destination is given. */
export const createLogger = (level: string, destination?: DestinationStream): Logger =>
  pino({ level, redact: { paths, censor: '[redacted]' } }, destination)
