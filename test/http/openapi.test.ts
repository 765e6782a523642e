import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { parse } from 'yaml'
import { renderOpenapi } from '../../scripts/openapi.ts'
import { catalogue } from '../../src/errors.ts'
import { startNode } from '../setup/node.ts'

const path = 'openapi.yaml'
const committed = await readFile(path, 'utf8')

t.test('openapi.yaml matches the routes (otherwise run: npm run openapi)', async (t) => {
  t.equal(committed, await renderOpenapi())
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
  const args = ['node_modules/@redocly/cli/bin/cli.js', 'lint', path, '--format=json', '--extends=recommended']
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  })
  t.match(JSON.parse(stdout).totals, { errors: 0, warnings: 0 })
})

t.test('every code of the catalogue is in the document', (t) => {
  const document = parse(committed)
  t.same(document.components.schemas.Problem.properties.code.enum, Object.keys(catalogue))
  t.end()
})

t.test('every operation has an id, a summary, a tag, a security rule and error responses', (t) => {
  const operations = Object.entries(parse(committed).paths).flatMap(([url, item]) =>
    Object.entries(item as object).map(([method, operation]) => ({ name: `${method} ${url}`, operation })),
  )
  t.ok(operations.length >= 10)
  for (const { name, operation } of operations) {
    t.match(operation, { operationId: String, summary: String, tags: [String], security: Array }, name)
    const form = name.includes('/oauth/') ? 'application/json' : 'application/problem+json'
    t.ok(operation.responses['500'].content[form], name)
  }
  t.end()
})
