/** A client that writes any bytes on a socket at any pace, and records the responses and the end of the connection. */
import { connect } from 'node:net'

export type Talk = {
  /** Written at once. */
  readonly send: string | Buffer
  /** Is written repeatedly, until the server ends the connection or the count is reached. */
  readonly drip?: { readonly bytes: string; readonly everyMs: number; readonly times?: number }
  /** Reads nothing. */
  readonly deaf?: boolean
  /** How long the client waits for the server to close the connection. */
  readonly patienceMs?: number
}
export type Told = {
  /** The status of every response, in order. */
  readonly statuses: readonly number[]
  readonly text: string
  readonly ms: number
  /** Whether the server closed the connection in time. */
  readonly closed: boolean
}

/** Resolves when the server has closed the connection, or after the time limit. */
export function talk(baseUrl: string, { send, drip, deaf, patienceMs = 20_000 }: Talk): Promise<Told> {
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
  // A server that stops reading resets the connection. Earlier responses count.
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
