/** A minimal load balancer. It sends each request to the next server in turn. */
import { once } from 'node:events'
import { createServer, request } from 'node:http'

/** Listens on a free port. Servers are added later, because their settings may need its address. */
export async function startBalancer() {
  const servers: string[] = []
  let turn = 0
  const listener = createServer((asked, answer) => {
    const to = servers[turn++ % servers.length]
    if (to === undefined) {
      answer.writeHead(502).end()
      return
    }
    const { method = 'GET', headers, url = '/' } = asked
    const onward = request(new URL(url, to), { method, headers }, (told) => {
      answer.writeHead(told.statusCode ?? 502, told.headers)
      told.pipe(answer)
    })
    onward.once('error', () => answer.destroy())
    answer.once('close', () => onward.destroy())
    asked.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    servers,
    stop: () => {
      listener.close()
      listener.closeAllConnections()
    },
  }
}
