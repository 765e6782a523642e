/**
 * Every route of the router gets hundreds of hostile requests from every kind of client: anonymous, a user, an
 * administrator, a service. No response is a 5xx or tells internals, and no secret is in the log.
 */
import fc from 'fast-check'
import type { OpenAPIV3_1 } from 'openapi-types'
import t from 'tap'
import { registerAdmin } from '../setup/admins.ts'
import { password, register } from '../setup/client.ts'
import { pause } from '../setup/denial.ts'
import { startNode, testSecret } from '../setup/node.ts'
import { listRoutes } from '../setup/routes.ts'
import { headers, rawBodies, spoilt, value } from './hostile.ts'

const bodiesPerRoute = Number(process.env['HOSTILE_BODIES'] ?? 400)
const seed = Number(process.env['HOSTILE_SEED'] ?? Date.now() % 2 ** 31)
const atOnce = 4
// A request that reaches a password hash takes 50 ms of a core.
const mayHashPerRoute = bodiesPerRoute / 16
const mayHash = /"(current_)?password":"[^"]{1,600}"/
// The text that stands where a password belongs.
const typed = 'a-secret-that-was-typed'
const service = { id: 'billing', secret: 'a-secret-of-a-service-long-enough-for-it' }

t.setTimeout(600_000)
const log: string[] = []
const env = { SERVICE_CREDENTIALS: `${service.id}:${service.secret}`, RATE_LIMITS: 'off' }
const node = await startNode(t, { usualPatience: true, log: (line) => log.push(line), env, mail: true })
const victim = await register(node.baseUrl)

const secrets = new Set([testSecret, service.secret, password, typed, 'PRIVATE KEY'])
async function enter() {
  const [person, admin] = await Promise.all([register(node.baseUrl), registerAdmin(node)])
  for (const { access_token, refresh_token } of [person, admin]) secrets.add(access_token).add(refresh_token)
  return {
    nobody: undefined,
    person: `Bearer ${person.access_token}`,
    admin: `Bearer ${admin.access_token}`,
    service: `Basic ${Buffer.from(`${service.id}:${service.secret}`).toString('base64')}`,
    refreshToken: person.refresh_token,
  }
}
let held = await enter()
const callers = ['nobody', 'person', 'admin', 'service'] as const

/** Valid values by member. Members that are not listed get a text. */
const honest: Readonly<Record<string, () => unknown>> = {
  email: () => `person-${Math.random()}@example.com`,
  new_email: () => `person-${Math.random()}@example.com`,
  password: () => password,
  current_password: () => password,
  new_password: () => `${typed} anew`,
  token: () => held.refreshToken,
  refresh_token: () => held.refreshToken,
  roles: () => ['editor'],
  disabled: () => false,
  email_verified: () => true,
  keep_other_sessions: () => true,
  id: () => victim.user.id,
  limit: () => 5,
}
const honestly = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, honest[name]?.() ?? 'x']))

type Route = { method: string; url: string; members: string[]; query: string[]; form: boolean }
const document = node.app.swagger() as OpenAPIV3_1.Document
function membersOf(schema: unknown): string[] {
  const { $ref, properties, anyOf = [] } = schema as { $ref?: string; properties?: object; anyOf?: unknown[] }
  const named = $ref && document.components?.schemas?.[$ref.split('/').at(-1) ?? '']
  if (named) return membersOf(named)
  return [...Object.keys(properties ?? {}), ...anyOf.flatMap(membersOf)]
}
const documentedAs = (url: string) => url.replaceAll(/:(\w+)/g, '{$1}')
function describe(method: string, url: string): Route {
  const operation = document.paths?.[documentedAs(url)]?.[method.toLowerCase() as 'post']
  const content = (operation?.requestBody as OpenAPIV3_1.RequestBodyObject | undefined)?.content ?? {}
  const [type, media] = Object.entries(content)[0] ?? []
  const parameters = (operation?.parameters ?? []) as OpenAPIV3_1.ParameterObject[]
  return {
    method,
    url,
    members: media?.schema ? membersOf(media.schema) : [],
    query: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
    form: type === 'application/x-www-form-urlencoded',
  }
}
/** Without the routes that only answer 405. */
const isOfUse = (method: string, url: string) => {
  const path = document.paths?.[documentedAs(url)]
  return method !== 'HEAD' && (path === undefined || path[method.toLowerCase() as 'get'] !== undefined)
}
const routes = listRoutes(node).flatMap(({ url, methods }) =>
  methods.filter((method) => isOfUse(method, url)).map((method) => describe(method, url)),
)

const asText = (given: unknown) => (typeof given === 'string' ? given : JSON.stringify(given)).toWellFormed()
const encode = (given: unknown) => encodeURIComponent(asText(given))
const encodeAll = (given: object) =>
  Object.entries(given)
    .map(([name, one]) => `${encode(name)}=${encode(one)}`)
    .join('&')

/** A request of a client. Half of its values are valid, so that it gets past the first check. */
function requestTo({ method, url, members, query, form }: Route) {
  const write = form ? encodeAll : (body: unknown) => JSON.stringify(body)
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json'
  const bodies = fc.oneof(
    { arbitrary: spoilt(honestly(members)).map(write), weight: 8 },
    { arbitrary: fc.constantFrom(...rawBodies(typed)), weight: 2 },
    { arbitrary: value.map((one) => JSON.stringify(one)), weight: 1 },
  )
  const segment = fc.oneof(value.map(encode), fc.constant(victim.user.id))
  const parameters = fc.array(segment, { minLength: 3, maxLength: 3 })
  const sometimes = { arbitrary: fc.constant({}), weight: 2 }
  return fc.record({
    caller: fc.constantFrom(...callers),
    path: parameters.map((some) => url.replaceAll(/:\w+|\*/g, () => some.pop() || 'x')),
    query: fc.oneof(sometimes, { arbitrary: spoilt(honestly(query)), weight: 1 }).map(encodeAll),
    headers: fc.oneof(sometimes, { arbitrary: headers, weight: 1 }),
    body: method === 'GET' || method === 'OPTIONS' ? fc.constant('') : bodies,
    type: fc.constant(type),
  })
}
type Made = ReturnType<typeof requestTo> extends fc.Arbitrary<infer One> ? One : never

async function send(method: string, made: Made) {
  const authorization = held[made.caller]
  return node.app.inject({
    method: method as 'GET',
    url: `${made.path}${made.query && '?'}${made.query}`,
    headers: { 'content-type': made.type, ...(authorization ? { authorization } : {}), ...made.headers },
    ...(made.body === '' ? {} : { payload: made.body }),
  })
}

/** Repeats a request that got a 503, because a busy machine answers so. An error that the request causes comes again. */
async function sendUntilHeard(method: string, made: Made) {
  let answer = await send(method, made)
  for (let again = 0; answer.statusCode === 503 && again < 5; again++) {
    await pause(400)
    answer = await send(method, made)
  }
  return answer
}

/** Texts that would tell internals. */
const insides = /\n\s+at |node_modules|\.ts:\d|Prisma|SQLSTATE|syntax error at|\bpg_|information_schema/

/** This many requests, of which only some may reach a hash. */
function make(route: Route): Made[] {
  const spare = route.members.some((name) => name.includes('password')) ? 8 : 1
  const made = fc.sample(requestTo(route), { numRuns: spare * bodiesPerRoute, seed })
  let hashes = 0
  return made.filter(({ body }) => !mayHash.test(body) || ++hashes <= mayHashPerRoute).slice(0, bodiesPerRoute)
}

for (const route of routes) {
  t.test(`${bodiesPerRoute} hostile requests to ${route.method} ${route.url}`, { timeout: 600_000 }, async (t) => {
    const queue = make(route)
    t.equal(queue.length, bodiesPerRoute)
    const statuses = new Map<number, number>()
    const faults: unknown[] = []
    const worker = async (batch: Made[]) => {
      for (let made = batch.pop(); made; made = batch.pop()) {
        const { statusCode, body } = await sendUntilHeard(route.method, made)
        statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
        const telling = statusCode >= 400 && insides.test(body)
        if (statusCode >= 500 || telling) faults.push({ statusCode, answer: body.slice(0, 300), ...made })
      }
    }
    while (queue.length > 0) {
      const batch = queue.splice(0, 50)
      await Promise.all(Array.from({ length: atOnce }, () => worker(batch)))
      // Some requests are accepted and end the session of their client.
      const alive = await node.app.inject({ url: '/auth/me', headers: { authorization: held.person } })
      if (alive.statusCode !== 200) held = await enter()
    }
    t.same(faults.slice(0, 3), [], `none breaks anything (seed ${seed})`)
    t.comment(
      [...statuses]
        .toSorted(([a], [b]) => a - b)
        .map(([status, count]) => `${count} × ${status}`)
        .join(', '),
    )
  })
}

t.test('no secret is in the log', async (t) => {
  const text = log.join('')
  t.ok(log.length > bodiesPerRoute * routes.length, `${log.length} lines`)
  const errors = log.filter((line) => /"level":[56]0/.test(line) && !line.includes('"msg":"database_unavailable"'))
  t.same(errors.slice(0, 3), [], 'no line is an error')
  t.same(
    [...secrets].filter((secret) => text.includes(secret)),
    [],
    'no secret is in it',
  )
  t.same(log.filter((line) => line.includes(typed)).slice(0, 3), [])
})
