/** The file by which browsers learn which other domains may use the passkeys of this one. */
import t from 'tap'
import { startNode } from '../setup/node.ts'

const path = '/.well-known/webauthn'

t.test('it lists the origins that are not at or below the domain, as JSON', async (t) => {
  const env = {
    PASSKEY_DOMAIN: 'example.test',
    PASSKEY_ORIGINS: 'https://app.example.test,https://example.de,https://shop.example:8443',
  }
  const { baseUrl } = await startNode(t, { env })
  const response = await fetch(`${baseUrl}${path}`, { redirect: 'manual' })
  t.equal(response.status, 200)
  t.equal(response.headers.get('content-type'), 'application/json')
  t.strictSame(await response.json(), { origins: ['https://example.de', 'https://shop.example:8443'] })
})

t.test('without such an origin it does not exist', async (t) => {
  const { baseUrl } = await startNode(t)
  t.equal((await fetch(`${baseUrl}${path}`)).status, 404)
})
