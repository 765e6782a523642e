/** Deliberate breaks of the HTTP layer. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const server = 'src/http/server.ts'
const wire = 'test/http/wire.test.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'answers may be stored',
    file: server,
    find: "reply.header('cache-control', 'no-store').header(",
    replace: 'reply.header(',
    test: wire,
  },
  {
    name: 'addresses are logged with their queries',
    file: server,
    find: "route: routeOptions.url ?? 'unmatched'",
    replace: "route: routeOptions.url ? request.url : 'unmatched'",
    test: wire,
  },
  {
    name: 'any request id is believed',
    file: server,
    find: "typeof given === 'string' && wellFormedId.test(given)",
    replace: "typeof given === 'string' && (wellFormedId.test(given) || true)",
    test: wire,
  },
  {
    name: 'invalid UTF-8 is repaired',
    file: 'src/http/json-body.ts',
    find: 'fatal: true',
    replace: 'fatal: false',
    test: wire,
  },
  {
    name: 'prototypes may be sent',
    file: 'src/http/json-body.ts',
    find: "app.getDefaultJsonParser('error', 'error')",
    replace: "app.getDefaultJsonParser('ignore', 'ignore')",
    test: wire,
  },
  {
    name: 'stopping cuts requests off',
    file: 'src/http/bounds/open-requests.ts',
    find: 'if (replies.size === 0) resolve()',
    replace: 'resolve()',
    test: 'test/faults/shutdown.test.ts',
  },
  {
    name: 'a message of ours reaches the client',
    file: 'src/http/errors/error-handler.ts',
    find: "return new AppError('internal_error', { cause: error })",
    replace: "return new AppError('internal_error', { detail: String(error), cause: error })",
    test: 'test/http/errors/error-handler.test.ts',
  },
  {
    name: 'idle connections keep others out',
    file: 'src/http/bounds/connection-limits.ts',
    find: 'server.closeIdleConnections()',
    replace: '{}',
    test: 'test/http/bounds/connection-limits.test.ts',
  },
  {
    name: 'a packet of requests is begun whatever its length',
    file: 'src/http/bounds/connection-limits.ts',
    find: 'mostUnanswered = 16',
    replace: 'mostUnanswered = 32',
    test: 'test/http/bounds/connection-limits.test.ts',
  },
  {
    name: 'a client that goes away is a database that does not answer',
    file: 'src/http/errors/error-handler.ts',
    find: 'if (statusCode === 400)',
    replace: "if (statusCode === 400 && code !== 'ECONNRESET')",
    test: 'test/http/errors/error-handler.test.ts',
  },
  ...breaks(
    'src/http/bounds/shed-load.ts',
    'test/faults/http/shed-load.test.ts',
    ['verification goes first', "(shed === 'last' && !isLate)", "(shed === 'last' && isLate)"],
    ['health goes too', "shed === 'never' ||", ''],
    ['one bad second is enough', 'return now > badSince + lastsMs', 'return true'],
    ['nothing is refused', "throw new AppError('overloaded', { retryAfterSeconds: 2 })", ''],
  ),
  ...breaks(
    'src/observability/outcomes.ts',
    'test/observability/metrics.test.ts',
    ['failures are not counted', 'count({ outcome: toAppError(error).code })', ''],
    ['refreshes are counted as one', 'refreshes({ outcome: result.outcome })', "refreshes({ outcome: 'rotated' })"],
  ),
  ...breaks('src/http/time-requests.ts', 'test/observability/metrics.test.ts', [
    'requests are counted by address',
    "route: routeOptions.url ?? 'unmatched'",
    'route: request.url',
  ]),
  ...breaks(
    'src/observability/logger.ts',
    'test/observability/logger.test.ts',
    ['what Postgres says of a row is logged', '[...secretiveOfErrors, ...secretive]', 'secretive'],
    ['headers are logged', "  'headers',\n", ''],
  ),
  ...breaks(
    'src/http/bounds/deadline.ts',
    'test/faults/http/deadline.test.ts',
    ['deadline: nobody looks', 'for (const reply of open.replies)', 'for (const reply of [] as FastifyReply[])'],
    ['deadline: everybody is given up', 'reply.elapsedTime < answerMs', 'reply.elapsedTime < 0'],
    [
      'deadline: half an answer is left open',
      'headersSent) reply.raw.destroy()',
      'headersSent) reply.raw.flushHeaders()',
    ],
    ['deadline: answers that a route has taken over are cut off', 'if (reply.sent) return', ''],
    [
      'deadline: who is late to take an answer waits for ever',
      'of open.handedOver)',
      'of [] as [FastifyReply, number][])',
    ],
    ['deadline: who takes an answer is cut off at once', 'if (now - since < takeMs) break', ''],
  ),
  ...breaks('src/http/bounds/open-requests.ts', 'test/faults/http/deadline.test.ts', [
    'deadline: clients that went away are kept',
    'replies.delete(reply)',
    '',
  ]),
  ...breaks(
    'src/http/bounds/connections-per-address.ts',
    'test/http/bounds/connections-per-address.test.ts',
    ['connections: one address may have any number', 'if (count > most) {', 'if (count > 1e9 * most) {'],
    ['connections: a closed one counts on', '(open.get(address) ?? 1) - 1', 'open.get(address) ?? 1'],
    [
      'connections: all addresses together',
      'const address = clientAddress(remoteAddress)',
      "const address = clientAddress('')",
    ],
    ['connections: each IPv6 address by itself', 'clientAddress(remoteAddress)', "(remoteAddress ?? '')"],
    ['connections: proxies are counted', 'proxies.check(remoteAddress, familyOf(remoteAddress))', '!proxies'],
  ),
  ...breaks(
    'src/http/direct-request.ts',
    'test/http/direct-request.test.ts',
    [
      'direct: a proxy on this machine is a developer',
      "forwarding.has(name) || name.startsWith('x-forwarded')",
      'false',
    ],
    ['direct: only X-Forwarded headers tell of a proxy', 'forwarding.has(name) ||', ''],
    ['direct: HTTP/1.0 is a developer too', "raw.httpVersion !== '1.1' ||", ''],
    [
      'direct: any name',
      "return isLocalHost(headers.host ?? '')",
      'return headers.host !== undefined && isLocalHost !== undefined',
    ],
    ['direct: any machine', "if (!loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return false", ''],
  ),
  ...breaks(
    'src/web/routes.ts',
    'test/http/direct-request.test.ts',
    ['mailbox: a listed page reads it', 'asksForAnotherPage ||', ''],
    ['mailbox: for everybody', '|| !isDirectAndLocal(request)', ''],
  ),
  ...breaks('src/http/browser/doctor.ts', 'test/http/direct-request.test.ts', [
    'doctor: for everybody',
    "if (!isDirectAndLocal(request)) throw new AppError('not_found')",
    '',
  ]),
  ...breaks('src/http/browser/cors.ts', 'test/http/direct-request.test.ts', [
    'cors: the doctor is open over a proxy',
    ' && isDirectAndLocal(request)',
    '',
  ]),
  ...breaks(
    'src/config/config.ts',
    'test/config/config.test.ts',
    ['production: only if NODE_ENV says so', ' || (env.NODE_ENV === undefined && !isLocal(env))', ''],
    ['production: development cannot be asked for', '(env.NODE_ENV === undefined && !isLocal(env))', '!isLocal(env)'],
    ['production: the documentation is shown', 'e.DOCS === undefined ? !production', 'e.DOCS === undefined ? true'],
  ),
  ...breaks('src/http/create-edge.ts', 'test/http/openapi.test.ts', [
    'docs: they are always shown',
    'if (config.docs) await documentApi(app)',
    'await documentApi(app)',
  ]),
  ...breaks('src/http/openapi.ts', 'test/browser/docs.test.ts', [
    'docs: the page keeps the token',
    'persistAuthorization: false',
    'persistAuthorization: true',
  ]),
  ...breaks(server, 'test/http/security-headers.test.ts', [
    'answers without security headers',
    'reply.headers(securityHeaders)',
    '',
  ]),
]
