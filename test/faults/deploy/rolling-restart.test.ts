/** Two nodes behind deploy/nginx.conf are restarted one after the other while clients go on. No request may fail. */
import t from 'tap'
import { password } from '../../setup/client.ts'
import { type Client, type Given, http2Client, httpsClient } from './https-client.ts'
import { startSite } from './nginx-site.ts'
import { startNodes } from './nodes.ts'

t.setTimeout(120_000)

const nodes = await startNodes(t)
const site = await startSite(t, nodes.ports)

const ended = new AbortController()
const answers = new Map<string, number>()
const count = (name: string) => answers.set(name, (answers.get(name) ?? 0) + 1)

/** A client that refreshes and asks who it is, again and again. */
async function live(client: Client, first: Given['body']) {
  let tokens = first
  while (!ended.signal.aborted) {
    const refreshed = await client.ask('/auth/refresh', { body: { refresh_token: tokens['refresh_token'] } })
    count(`refresh ${refreshed.status}`)
    if (refreshed.status === 200) tokens = refreshed.body
    for (let i = 0; i < 3; i++) {
      const headers = { authorization: `Bearer ${String(tokens['access_token'])}` }
      count(`whoami ${(await client.ask('/auth/whoami', { headers })).status}`)
    }
  }
}

t.test('a rolling restart under load', async (t) => {
  const clients = Array.from({ length: 8 }, (_, i) =>
    (i % 2 === 0 ? httpsClient : http2Client)({ port: site.https, certificate: site.certificate }),
  )
  const lives = []
  for (const [i, client] of clients.entries()) {
    const opened = await client.ask('/auth/register', { body: { email: `user-${i}@example.com`, password } })
    t.equal(opened.status, 201)
    lives.push(live(client, opened.body))
  }
  for (const port of nodes.ports) {
    t.equal(await nodes.stop(port), 0)
    await nodes.start(port)
  }
  ended.abort()
  await Promise.all(lives)
  for (const { close } of clients) close()
  t.comment(JSON.stringify(Object.fromEntries(answers)))
  t.same([...answers.keys()].toSorted(), ['refresh 200', 'whoami 200'])
  // nginx repeats a GET whose connection was reset. A POST it would not repeat, so no connection may be reset at all.
  t.notMatch(await site.errors(), /reset by peer|prematurely closed/)
})
