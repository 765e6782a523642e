/** An issuer whose PUBLIC_URL has a path. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { call, register } from '../../setup/client.ts'
import { credential, holds, startIssuer, startVerifier } from './service.ts'

const { node, proxy } = await startIssuer(t, { env: { PUBLIC_URL: 'https://example.test/id' } })

/** A gateway in front of the issuer that strips a path of its own, `/inside`. It knows no other path. */
async function forward({ url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
  const { authorization = '' } = headers
  const path = url.startsWith('/inside/') ? url.slice('/inside'.length) : '/nowhere'
  const answer = await fetch(node.baseUrl + path, { headers: { authorization } })
  response.writeHead(answer.status, { 'cache-control': 'max-age=300' }).end(await answer.text())
}
const gateway = createServer((request, response) => void forward(request, response)).listen(0, '127.0.0.1')
await once(gateway, 'listening')
t.teardown(() => {
  gateway.closeAllConnections()
  gateway.close()
})
const inside = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/inside`

for (const [name, url] of Object.entries({
  'its address without the path': proxy.url,
  'its address with the path': `${proxy.url}/id`,
  'a gateway with another path': inside,
})) {
  t.test(`the keys and the revocations are found at ${name}`, async (t) => {
    const { access_token: token } = await register(node.baseUrl)
    const { verifier, verdict, errors } = startVerifier(t, node, url, { revocations: credential })
    t.ok(await holds(() => verifier.isReady()))
    t.equal(await verdict(token), 'let in')
    t.equal((await call(`${node.baseUrl}/auth/logout`, { token, method: 'POST' })).status, 204)
    t.ok(await holds(async () => (await verdict(token)) === 'token_revoked'))
    t.same(errors, [])
  })
}

t.test('an issuer with another path on the same host is another issuer', async (t) => {
  const { access_token: token } = await register(node.baseUrl)
  for (const issuer of ['https://example.test', 'https://example.test/other', 'https://example.test/id/x']) {
    const { verdict, errors } = startVerifier(t, node, proxy.url, { issuer })
    t.equal(await verdict(token), 'not_ready', issuer)
    t.match(errors[0], `is the issuer https://example.test/id, not ${issuer}`)
  }
})
