/** A proxy to the database that can fail like a network: cut, silent, slow, or without responses or notifications. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import type { Test } from 'tap'

/** Forwards whole messages of a Postgres server, without those of the types in `drop`. */
function withoutMessages(drop: (type: string) => boolean): Transform {
  let rest = Buffer.alloc(0)
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      rest = Buffer.concat([rest, chunk])
      // A message is one byte for its type, the length of the rest, and the content.
      while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
        const end = 1 + rest.readUInt32BE(1)
        if (!drop(String.fromCharCode(rest[0] ?? 0))) this.push(rest.subarray(0, end))
        rest = rest.subarray(end)
      }
      done()
    },
  })
}

/** Forwards everything in order, each piece this many milliseconds later. */
function late(ms: () => number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (ms() === 0) return done(null, chunk)
      setTimeout(() => this.push(chunk), ms())
      done()
    },
    flush: (done) => void setTimeout(done, ms()),
  })
}

/** Starts a gateway in front of a database until the test ends. */
export async function openGateway(t: Pick<Test, 'teardown'>, databaseUrl: string) {
  const { hostname, port } = new URL(databaseUrl)
  let target = Number(port)
  let latencyMs = 0
  const ways = new Set<{ client: Socket; database: Socket }>()
  let state: 'open' | 'cut' | 'swallowing' = 'open'
  const notifications = { lose: false, lost: 0 }
  let mute = false

  const isLost = (type: string) => {
    const lost = type === 'A' && notifications.lose
    if (lost) notifications.lost++
    return lost || mute
  }

  const server = createServer((client) => {
    client.on('error', () => {})
    if (state === 'cut') client.resetAndDestroy()
    if (state !== 'open') return
    const database = connect(target, hostname)
    const way = { client, database }
    ways.add(way)
    for (const socket of [client, database]) {
      socket
        .on('error', () => {})
        .on('close', () => {
          ways.delete(way)
          for (const each of [client, database]) each.destroy()
        })
    }
    client.pipe(database)
    database
      .pipe(withoutMessages(isLost))
      .pipe(late(() => latencyMs))
      .pipe(client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = Object.assign(new URL(databaseUrl), { port: typeof address === 'object' ? address?.port : '' })
  const opened = new Set<Socket>()
  server.on('connection', (socket: Socket) => opened.add(socket))
  t.teardown(() => {
    server.close()
    for (const socket of opened) socket.destroy()
  })

  return {
    url: url.href,
    notifications,
    /** Resets every connection, and every later one, until `heal`. */
    cut(): void {
      state = 'cut'
      for (const { client } of ways) client.resetAndDestroy()
    },
    /** Forwards nothing any more. Connections that are open now, or opened before `heal`, stay silent for ever. */
    swallow(): void {
      state = 'swallowing'
      for (const { client, database } of ways) {
        client.unpipe()
        client.removeAllListeners('close').resume()
        database.removeAllListeners('close').destroy()
      }
      ways.clear()
    },
    /** Forwards statements and drops the responses. */
    mute(): void {
      mute = true
    },
    /** Delays every response. */
    delay(ms: number): void {
      latencyMs = ms
    },
    /** Leads new connections to a Postgres on another port of the same machine. */
    leadTo(otherPort: number): void {
      target = otherPort
    },
    heal(): void {
      state = 'open'
      latencyMs = 0
    },
  }
}
