import t from 'tap'
import { call, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

const credential = 'prometheus:the-credential-of-the-scraper-32+'
const node = await startNode(t, { env: { SERVICE_CREDENTIALS: credential } })

async function scrape() {
  const authorization = `Basic ${Buffer.from(credential).toString('base64')}`
  const response = await fetch(`${node.baseUrl}/metrics`, { headers: { authorization } })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}
const valueOf = (text: string, name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])

t.test('metrics are for services only', async (t) => {
  t.match(await call(`${node.baseUrl}/metrics`), { status: 401, body: { code: 'invalid_client' } })
})

t.test('the set of revocations: how many, how old, how far', async (t) => {
  const before = await scrape()
  t.match(before, { status: 200, type: /^text\/plain; version=0\.0\.4/ })
  t.equal(valueOf(before.text, 'countersign_revocations_entries'), 0)
  const person = await register(node.baseUrl)
  await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: person.refresh_token } })
  while (valueOf((await scrape()).text, 'countersign_revocations_last_sequence') < 1);
  const { text } = await scrape()
  t.equal(valueOf(text, 'countersign_revocations_entries'), 1)
  t.ok(valueOf(text, 'countersign_revocations_age_seconds') < 5)
  t.match(text, /^# HELP countersign_revocations_age_seconds .+\n# TYPE countersign_revocations_age_seconds gauge$/m)
})
