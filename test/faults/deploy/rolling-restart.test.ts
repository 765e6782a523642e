/**
 * Two nodes behind deploy/nginx.conf are restarted one after the other while clients go on. Linux resets a connection that is being made
 * in the moment in which a node stops listening. nginx repeats a GET then, and answers a POST with 502, which a client repeats. So nothing
 * is lost.
 */
import t from 'tap'
import { password } from '../../setup/client.ts'
import { pause } from '../../setup/denial.ts'
import { type Asked, type Client, type Given, http2Client, httpsClient } from './https-client.ts'
import { startSite } from './nginx-site.ts'
import { startNodes } from './nodes.ts'

t.setTimeout(290_000)

const nodes = await startNodes(t)
const site = await startSite(t, nodes.ports)

const ended = new AbortController()
const answers = new Map<string, number>()
const count = (name: string) => answers.set(name, (answers.get(name) ?? 0) + 1)

/** A 502 of nginx, and what a node answers on a busy machine. */
const isLater = ({ status, body }: Given) => status === 502 || body['code'] === 'database_unavailable'

/** Asks, and again after a 502, as a client should. */
async function ask(client: Client, path: string, asked: Asked): Promise<Given> {
  let answer = await client.ask(path, asked)
  for (let i = 0; i < 20 && isLater(answer); i++) {
    count('asked again')
    await pause(50)
    answer = await client.ask(path, asked)
  }
  return answer
}

/** A client that refreshes and asks who it is, again and again. */
async function live(client: Client, first: Given['body']) {
  let tokens = first
  while (!ended.signal.aborted) {
    const refreshed = await ask(client, '/auth/refresh', { body: { refresh_token: tokens['refresh_token'] } })
    count(`refresh ${refreshed.status}`)
    if (refreshed.status === 200) tokens = refreshed.body
    for (let i = 0; i < 3; i++) {
      const headers = { authorization: `Bearer ${String(tokens['access_token'])}` }
      count(`whoami ${(await ask(client, '/auth/whoami', { headers })).status}`)
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
  answers.delete('asked again')
  t.same([...answers.keys()].toSorted(), ['refresh 200', 'whoami 200'])
  // An answer that was begun is finished: no connection that a node had accepted may be cut off.
  t.notMatch(await site.errors(), /prematurely closed/)
})
