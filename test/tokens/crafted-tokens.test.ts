/**
 * Every crafted token and header of `crafted/`, sent over a socket to a real node on a route that looks at the
 * signature and on one that looks at the session. None causes a 5xx, stops the server, or leaves a secret in a log line.
 */
import t from 'tap'
import { meaningOf } from '../../src/errors.ts'
import { testSecret } from '../setup/node.ts'
import { algorithmRows } from './crafted/algorithms.ts'
import { claimRows } from './crafted/claims.ts'
import { createContext } from './crafted/context.ts'
import { joseHeaderRows } from './crafted/jose-headers.ts'
import { payloadRows } from './crafted/payloads.ts'
import { requestRows } from './crafted/requests.ts'
import { bearer, type Row, type Verdict } from './crafted/row.ts'
import { shapeRows } from './crafted/shapes.ts'
import { signatureRows } from './crafted/signatures.ts'
import { timeRows } from './crafted/times.ts'
import { exchange } from './crafted/wire.ts'

const routes = ['/auth/whoami', '/auth/me'] as const
type Route = (typeof routes)[number]

const lines: string[] = []
const context = await createContext(t, (line) => lines.push(line))
const { baseUrl, keyRing } = context.node
const rows = [
  algorithmRows,
  joseHeaderRows,
  shapeRows,
  signatureRows,
  claimRows,
  timeRows,
  payloadRows,
  requestRows,
].flatMap((table) => table(context))

const privateKey = String(keyRing.signing.privateKey.export({ format: 'jwk' }).d)
type Body = { code?: string; id?: string; sub?: string; sid?: string; roles?: string[] }
const essence = ({ code, id, sub, sid, roles }: Body) => (code === undefined ? { id, sub, sid, roles } : { code })

const realm = 'Bearer realm="countersign"'
const told = (code: 'invalid_token' | 'token_expired' | 'token_revoked') =>
  `${realm}, error="invalid_token", error_description="${meaningOf(code)}"`
const verdicts: Record<Verdict, { words: string; status: number; challenge: string | null; code?: string }> = {
  'let in': { words: 'is let in', status: 200, challenge: null },
  invalid: {
    words: 'is refused as an invalid token',
    status: 401,
    challenge: told('invalid_token'),
    code: 'invalid_token',
  },
  expired: { words: 'is refused as expired', status: 401, challenge: told('token_expired'), code: 'token_expired' },
  revoked: { words: 'is refused as revoked', status: 401, challenge: told('token_revoked'), code: 'token_revoked' },
  anonymous: { words: 'is asked for a token', status: 401, challenge: realm, code: 'authentication_required' },
  'too large': { words: 'is refused as too large', status: 431, challenge: null, code: 'headers_too_large' },
  malformed: { words: 'is refused as no HTTP', status: 400, challenge: null, code: 'invalid_request' },
}

const sentence = ({ name, verdict, onMe }: Row) =>
  onMe === undefined
    ? `${name} ${verdicts[verdict].words}`
    : `${name} is let in by its signature, and refused by its session`

t.equal(new Set(rows.map((row) => row.name)).size, rows.length, 'every row has a name of its own')
t.ok(rows.length >= 400, `there are ${rows.length} rows`)

for (const row of rows) {
  await t.test(sentence(row), async (t) => {
    lines.length = 0
    context.clock.seconds = row.at ?? context.now
    const onWhoami = await observe(row, '/auth/whoami')
    const onMe = await observe(row, '/auth/me')
    context.clock.seconds = context.now
    t.strictSame(onWhoami, expected(row, '/auth/whoami'), 'on GET /auth/whoami')
    t.strictSame(onMe, expected(row, '/auth/me'), 'on GET /auth/me')

    const log = lines.join('')
    t.strictSame(secretsIn(log, sentBy(row)), [], 'nothing secret is in the log')
    t.notMatch(log, /"level":(50|60)/, 'nothing is logged as an error')
    const next = await Promise.all(routes.map((route) => exchange(baseUrl, route, { lines: [bearer(context.good)] })))
    t.strictSame(
      next.map(({ status }) => status),
      [200, 200],
      'a good token still works',
    )
  })
}

await t.test('a token that lives a second longer than its key allows is refused', async (t) => {
  const { claims, signed, now } = context
  for (const [exp, status] of [
    [now + 600, 200],
    [now + 601, 401],
  ] as const) {
    const answer = await exchange(baseUrl, '/auth/whoami', { lines: [bearer(signed({ ...claims, iat: now, exp }))] })
    t.equal(answer.status, status, `${exp - now} seconds`)
  }
})

function sentBy({ token, lines: given = [] }: Row) {
  return token === undefined ? given : [bearer(token), ...given]
}

/** The parts of a response that are the same for every request with that verdict. */
async function observe(row: Row, route: Route) {
  const { method, query = '', body } = row
  const request = { method: method ?? 'GET', query, lines: sentBy(row), ...(body === undefined ? {} : { body }) }
  const { status, headers, text } = await exchange(baseUrl, route, request)
  return {
    status,
    challenge: headers.get('www-authenticate'),
    caching: headers.get('cache-control'),
    body: method === 'HEAD' ? {} : essence(JSON.parse(text)),
    secrets: secretsIn(text, sentBy(row)),
  }
}

/** The expected body: a problem, or the principal of the token, who is never an administrator. */
function expected(row: Row, route: Route) {
  const { status, challenge, code } = verdicts[route === '/auth/me' ? (row.onMe ?? row.verdict) : row.verdict]
  const { sub = context.claims.sub, sid = context.claims.sid } = row.speaksFor ?? {}
  const user = {
    '/auth/whoami': { id: undefined, sub, sid },
    '/auth/me': { id: sub, sub: undefined, sid: undefined },
  }
  const body = code === undefined ? { ...user[route], roles: [] } : { code }
  return { status, challenge, caching: 'no-store', body: row.method === 'HEAD' ? {} : body, secrets: [] }
}

/** Texts that no response and no log line may contain: private keys, secrets, tokens, and long parts of the request. */
function secretsIn(text: string, sent: readonly (string | Buffer)[]): string[] {
  const presented = sent.flatMap((line) => line.toString('latin1').match(/[\w-]{20,}/g) ?? [])
  const kept = [privateKey, testSecret, context.user.refresh_token, 'PRIVATE KEY', 'eyJ', 'cs1.']
  return [...kept, ...presented].filter((secret) => text.includes(secret))
}
