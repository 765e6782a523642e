/** Ports for servers of tests. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { freePort as anyFreePort } from '../../src/database/embedded/free-port.ts'

const lowest = 10_000

/** The first port that Linux gives out by itself, to connections and to servers that ask for any port. */
function firstGivenOut(): number {
  const [first] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s/)
  return Number(first)
}

/** Listens until the returned function is called, or the process ends. Returns undefined if the place is taken. */
async function take(place: { port: number; host: string } | { path: string }) {
  const server = createServer()
  const taken = once(server, 'listening').then(
    () => true,
    () => false,
  )
  server.listen(place)
  if (!(await taken)) return undefined
  server.unref()
  return () => once(server.close(), 'close')
}

/**
 * A port of 127.0.0.1 that stays free for this process until it ends, also while no server listens on it: the system gives it to nobody, and
 * no other test takes it. Tests of other files run at the same time, and a server needs seconds until it listens.
 */
export async function freePort(): Promise<number> {
  if (process.platform !== 'linux') return anyFreePort()
  const end = firstGivenOut()
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (end - lowest))
    // A name in the abstract namespace is a lock that ends with its process.
    if (!(await take({ path: `\0countersign-test-port-${port}` }))) continue
    const release = await take({ port, host: '127.0.0.1' })
    if (!release) continue
    await release()
    return port
  }
}
