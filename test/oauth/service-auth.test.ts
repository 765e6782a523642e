import t from 'tap'
import { createServiceAuth } from '../../src/guard/service-auth.ts'
import { createServer } from '../../src/http/server.ts'
import { send } from '../http/browser/wire.ts'
import { call, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { basic, billing, formBasic, post, rawBasic, reports, startOauthNode } from './services.ts'

const lines: string[] = []
const node = await startOauthNode(t, { log: (line) => lines.push(line) })
const address = `${node.baseUrl}/oauth/introspect`
const ask = (authorization?: string) => post(address, { token: 'x' }, authorization ? { authorization } : {})

const right: Record<string, string> = {
  'as curl sends it': rawBasic(billing),
  'encoded as in a form': formBasic(billing),
  'of another service': rawBasic(reports),
  'of another service, encoded': formBasic(reports),
  'with another case of the scheme': rawBasic(billing).replace('Basic', 'bASIC'),
  'with an id that is encoded more than it needs': basic(`%62illing:${billing.secret}`),
  'without padding': rawBasic(billing).replace(/=+$/, ''),
}
for (const [how, header] of Object.entries(right)) {
  t.test(`a service credential ${how} is taken`, async (t) => {
    t.match(await ask(header), { status: 200, body: { active: false } })
  })
}

const wrong: Record<string, string | undefined> = {
  none: undefined,
  'an empty one': 'Basic',
  'another scheme': 'Bearer x',
  'another scheme with the right words': rawBasic(billing).replace('Basic', 'Digest'),
  'the id alone': basic('billing'),
  'no secret': basic('billing:'),
  'no id': basic(`:${billing.secret}`),
  'the wrong secret': basic(`billing:${'b'.repeat(32)}`),
  'a secret of another case': basic(`billing:${billing.secret.toUpperCase()}`),
  'one character less': basic(`billing:${billing.secret.slice(0, -1)}`),
  'one character more': basic(`billing:${billing.secret} `),
  'the secret of another': basic(`billing:${reports.secret}`),
  'an id of another case': basic(`BILLING:${billing.secret}`),
  'an unknown id': basic(`nobody:${billing.secret}`),
  'an id that every object has': basic(`__proto__:${billing.secret}`),
  'invalid UTF-8': basic(new Uint8Array([...Buffer.from('billing:'), 0xff, 0xfe])),
  'half an escape': basic('billing:%e2%28'),
  'no base64': 'Basic !!!',
  'something after it': `${rawBasic(billing)} x`,
  'a list': `${rawBasic(billing)}, ${rawBasic(billing)}`,
  'a very long one': `Basic ${'A'.repeat(9000)}`,
  'the right one, far away': rawBasic(billing).replace(' ', ' '.repeat(5000)),
}
for (const [which, header] of Object.entries(wrong)) {
  t.test(`${which} is refused with the same response`, async (t) => {
    const { status, headers, body } = await ask(header)
    t.equal(status, 401)
    t.equal(headers.get('www-authenticate'), 'Basic realm="countersign", charset="UTF-8"')
    t.match(headers.get('content-type'), /^application\/json/)
    t.strictSame(body, {
      error: 'invalid_client',
      error_description: 'The request needs the credential of a service, sent with HTTP Basic.',
      code: 'invalid_client',
      retryable: false,
      request_id: headers.get('x-request-id'),
    })
  })
}

t.test('two Authorization headers are refused, whichever is right', async (t) => {
  const [good, bad] = [rawBasic(billing), basic('billing:wrong')]
  for (const pair of [
    [good, good],
    [good, bad],
    [bad, good],
    [good, 'Bearer x'],
    ['Bearer x', good],
  ]) {
    for (const path of ['/oauth/introspect', '/oauth/revoke']) {
      const headers = pair.map((value) => ['Authorization', value] as const)
      const type = ['Content-Type', 'application/x-www-form-urlencoded'] as const
      t.match(await send(node.baseUrl, { path, headers: [...headers, type], body: 'token=x' }), { status: 401 })
    }
  }
})

t.test('the credential is asked for before the body is looked at', async (t) => {
  t.equal((await post(address, 'token=%zz')).status, 401)
  t.equal((await call(address, { body: { token: 'x' } })).status, 401)
})

t.test(
  'the hook stands on any route, whose failures are problem documents unless its scope says otherwise',
  async (t) => {
    const app = await createServer()
    t.teardown(() => app.close())
    const { requireService } = createServiceAuth([billing])
    app.get('/feed', { onRequest: requireService }, async () => 'fed')
    const refusal = await app.inject('/feed')
    t.match(refusal, { statusCode: 401, headers: { 'content-type': 'application/problem+json' } })
    t.match(refusal.headers['www-authenticate'], /^Basic /)
    t.match(refusal.json(), { code: 'invalid_client', status: 401 })
    t.equal((await app.inject({ url: '/feed', headers: { authorization: rawBasic(billing) } })).body, 'fed')
  },
)

t.test('where no credential is configured, no service is let in', async (t) => {
  const bare = await startNode(t, { databaseUrl: node.databaseUrl })
  for (const header of [rawBasic(billing), basic(':'), basic('undefined:undefined')]) {
    const answer = await post(`${bare.baseUrl}/oauth/introspect`, { token: 'x' }, { authorization: header })
    t.match(answer, { status: 401, body: { error: 'invalid_client' } })
  }
})

t.test('other routes keep their own challenge', async (t) => {
  const { headers } = await call(`${node.baseUrl}/auth/whoami`)
  t.equal(headers.get('www-authenticate'), 'Bearer realm="countersign"')
})

t.test('no log line holds a secret or a token', async (t) => {
  const pair = await register(node.baseUrl)
  const authorization = rawBasic(billing)
  await post(address, { token: pair.refresh_token }, { authorization })
  await post(address, `token=${pair.refresh_token}&token=${pair.access_token}`, { authorization })
  await post(`${node.baseUrl}/oauth/revoke`, { token: pair.access_token }, { authorization: basic('billing:hunter2') })
  await post(`${node.baseUrl}/oauth/revoke`, { token: pair.access_token })
  const log = lines.join('')
  t.match(log, /"invalid_client"/)
  const encoded = [authorization, formBasic(reports)].map((header) => header.slice(6, 60))
  for (const secret of [billing.secret, reports.secret, pair.access_token, pair.refresh_token, 'hunter2', ...encoded]) {
    t.notOk(log.includes(JSON.stringify(secret).slice(1, -1)))
  }
})
