import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { parse } from 'yaml'
import { renderClientApi } from '../../scripts/client-api.ts'
import { renderOpenapi } from '../../scripts/openapi.ts'
import { catalogue } from '../../src/errors.ts'
import { noExample } from '../../src/http/openapi/example.ts'
import { startNode } from '../setup/node.ts'

const file = 'openapi.yaml'
const committed = await readFile(file, 'utf8')
const document = parse(committed)
const operations = Object.entries(document.paths).flatMap(([url, item]) =>
  Object.entries(item as object).map(([method, operation]) => ({ name: `${method} ${url}`, method, operation })),
)

t.test('openapi.yaml matches the routes (otherwise run: npm run openapi)', async (t) => {
  t.equal(committed, await renderOpenapi())
})

t.test('the API of the client matches openapi.yaml (otherwise run: npm run openapi)', async (t) => {
  for (const [path, text] of Object.entries(await renderClientApi(committed)))
    t.equal(await readFile(path, 'utf8'), text, path)
})

t.test('with DOCS=off, the server shows neither the reference nor the document', async (t) => {
  for (const [DOCS, status] of [
    ['on', 200],
    ['off', 404],
  ] as const) {
    const { app } = await startNode(t, { env: { DOCS } })
    for (const url of ['/docs/', '/docs/static/swagger-ui.css', '/openapi.yaml', '/docs/json']) {
      t.equal((await app.inject({ url })).statusCode, status, `${url} with ${DOCS}`)
    }
  }
})

t.test('redocly reports nothing', async (t) => {
  const args = ['node_modules/@redocly/cli/bin/cli.js', 'lint', file, '--format=json', '--extends=recommended']
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  })
  t.match(JSON.parse(stdout).totals, { errors: 0, warnings: 0 })
})

t.test('every code of the catalogue is in the document', (t) => {
  t.same(document.components.schemas.Problem.properties.code.enum, Object.keys(catalogue))
  t.end()
})

t.test('every operation has an id, texts, a tag, a security rule and error responses', (t) => {
  t.ok(operations.length >= 10)
  const texts = { operationId: String, summary: String, description: String }
  for (const { name, operation } of operations) {
    t.match(operation, { ...texts, tags: [String], security: Array }, name)
    const form = name.includes('/oauth/') ? 'application/json' : 'application/problem+json'
    t.ok(operation.responses['500'].content[form], name)
  }
  t.end()
})

t.test('the tags stand in the order of a first visit, and so do the paths', (t) => {
  const names = document.tags.map(({ name }: { name: string }) => name)
  t.match([names[0], names[1], names.at(-1)], ['Sign up', 'Sign in', 'Operations'])
  const places = Object.values<Record<string, { tags: string[] }>>(document.paths).map((item) =>
    Math.min(...Object.values(item).map(({ tags }) => names.indexOf(tags[0]))),
  )
  t.notOk(places.includes(-1), 'every tag is described')
  t.same(
    places,
    places.toSorted((one, other) => one - other),
  )
  t.end()
})

t.test('every operation has examples with real values, and one line of curl', (t) => {
  for (const { name, operation } of operations) {
    const [{ lang, source }] = operation['x-codeSamples']
    t.match({ lang, source }, { lang: 'Shell', source: /^curl .*http:\/\/localhost:3000\/\S/ }, name)
    const bodies = [operation.requestBody, ...Object.values(operation.responses)].flatMap(({ content = {} } = {}) =>
      Object.values<{ example?: unknown; examples?: unknown }>(content),
    )
    for (const { example, examples } of bodies) t.ok(example ?? examples, `${name} has an example`)
    t.notMatch(JSON.stringify([bodies, source]), noExample, `${name}: give the member \`examples\` in its schema`)
  }
  t.end()
})

t.test('X-Auth-Mode stands on every unsafe operation that takes cookies', (t) => {
  for (const { name, method, operation } of operations) {
    const takesCookies = JSON.stringify(operation.responses).includes('csrf_rejected')
    const has = JSON.stringify(operation.parameters ?? []).includes('X-Auth-Mode')
    t.equal(has, takesCookies, name)
    if (JSON.stringify(operation.security).includes('Cookie')) t.equal(takesCookies, method !== 'get', name)
  }
  t.end()
})

t.test('a member that may be null has two types, and no format is repeated as a pattern', (t) => {
  t.notMatch(committed, /type: "null"\n|nullable:/)
  t.match(document.components.schemas.User.properties.email.type, ['string', 'null'])
  t.strictSame(Object.keys(document.components.schemas.Session.properties.created_at), ['type', 'format'])
  t.end()
})

t.test('a body that may be left out may be null, and the document says both', (t) => {
  for (const path of ['/auth/refresh', '/auth/logout']) t.notOk(document.paths[path].post.requestBody.required, path)
  t.match(document.components.schemas.RefreshTokenBody.type, ['object', 'null'])
  t.ok(document.paths['/auth/login'].post.requestBody.required)
  t.end()
})

t.test('the answers with tokens are told apart by mode', (t) => {
  const { SignedIn, TokenPair, CookieSession } = document.components.schemas
  t.equal(SignedIn.discriminator.propertyName, 'mode')
  t.same(Object.keys(SignedIn.discriminator.mapping), ['bearer', 'cookie'])
  for (const [schema, mode] of [
    [TokenPair, 'bearer'],
    [CookieSession, 'cookie'],
  ]) {
    t.match(schema, { properties: { status: { const: 'signed_in' }, mode: { const: mode } } })
    t.same(schema.required.slice(0, 2), ['status', 'mode'])
  }
  const answerOf = (path: string) => document.paths[`/auth/${path}`].post.responses['200'].content['application/json']
  for (const path of ['refresh', 'password']) {
    t.same(answerOf(path).schema, { $ref: '#/components/schemas/SignedIn' }, path)
  }
  for (const path of ['login', 'reauthenticate']) {
    t.same(answerOf(path).schema, { $ref: '#/components/schemas/SignInAnswer' }, path)
  }
  t.end()
})

t.test('a sign-in that is done and one that goes on are told apart by status', (t) => {
  const { SignInAnswer, FactorRequired } = document.components.schemas
  t.equal(SignInAnswer.discriminator.propertyName, 'status')
  t.same(Object.keys(SignInAnswer.discriminator.mapping), ['signed_in', 'factor_required'])
  t.match(FactorRequired, { properties: { status: { const: 'factor_required' } } })
  t.end()
})

t.test('the headers that the server sends are described', async (t) => {
  const { app } = await startNode(t, { env: { SERVICE_CREDENTIALS: 'api:an-example-of-a-service-secret-0123456789' } })
  const authorization = `Basic ${btoa('api:an-example-of-a-service-secret-0123456789')}`
  const ordinary = new Set(['content-type', 'content-length', 'date', 'connection', 'keep-alive', 'vary'])
  // Every answer has these for browsers, and no client reads them.
  const forBrowsers =
    /^(access-control|content-security|cross-origin|x-(content-type|dns|download|frame|permitted|xss)|origin-agent|referrer|strict)-/
  for (const [url, headers] of [
    ['/auth/whoami', {}],
    ['/.well-known/jwks.json', {}],
    ['/.well-known/oauth-authorization-server', {}],
    ['/revocations', { authorization }],
    ['/revocations', {}],
  ] as const) {
    const answer = await app.inject({ url, headers })
    const { headers: known = {} } = document.paths[url].get.responses[answer.statusCode]
    const names = new Set(Object.keys(known).map((name) => name.toLowerCase()))
    const unknown = Object.keys(answer.headers).filter(
      (name) => !ordinary.has(name) && !forBrowsers.test(name) && !names.has(name),
    )
    t.strictSame(unknown, [], url)
  }
})
