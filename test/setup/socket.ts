/** A client that writes whatever it likes on a socket, at whatever pace, and notes what came back and when it ended. */
import { connect } from 'node:net'

export type Talk = {
  /** Written at once. */
  readonly send: string | Buffer
  /** Written again and again, until the server ends it or it has been written so often. */
  readonly drip?: { readonly bytes: string; readonly everyMs: number; readonly times?: number }
  /** Reads nothing. */
  readonly deaf?: boolean
  /** How long the server is given. */
  readonly patienceMs?: number
}
export type Told = {
  /** Of every answer, in order. */
  readonly statuses: readonly number[]
  readonly text: string
  readonly ms: number
  /** Whether the server ended it before the client's patience did. */
  readonly closed: boolean
}

/** Resolves when the server has closed the connection, or the client's patience is over. */
export function talk(baseUrl: string, { send, drip, deaf, patienceMs = 12_000 }: Talk): Promise<Told> {
  const { hostname, port } = new URL(baseUrl)
  const started = performance.now()
  const chunks: Buffer[] = []
  const { promise, resolve } = Promise.withResolvers<Told>()
  const socket = connect(Number(port), hostname)
  const patience = setTimeout(() => end(false), patienceMs)
  let drops = 0
  const dripping =
    drip && setInterval(() => drops++ < (drip.times ?? Infinity) && socket.write(drip.bytes), drip.everyMs)
  socket.on('data', (chunk) => chunks.push(chunk))
  // Reset by a server that refuses to read on: what it said before counts.
  socket.on('error', () => {})
  socket.on('close', () => end(true))
  if (deaf) socket.pause()
  socket.write(send)

  function end(closed: boolean): void {
    clearTimeout(patience)
    clearInterval(dripping)
    socket.destroy()
    const text = Buffer.concat(chunks).toString('latin1')
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
    resolve({ statuses, text, ms: performance.now() - started, closed })
  }
  return promise
}
