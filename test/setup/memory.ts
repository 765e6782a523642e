/** The memory and sockets of a server, as the kernel counts them. */
import { readFile } from 'node:fs/promises'
import type { ServerProcess } from './server-process.ts'

/** Resident memory. */
export const megabytes = async ({ child }: Pick<ServerProcess, 'child'>): Promise<number> =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024)

type At = Pick<ServerProcess, 'baseUrl'>

/** The sockets of a port, as lines of the kernel's table. */
async function socketsOf({ baseUrl }: At): Promise<string[][]> {
  const port = Number(new URL(baseUrl).port).toString(16).toUpperCase().padStart(4, '0')
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/))
  return lines.filter(([, local]) => local?.endsWith(`:${port}`))
}

/** Established connections. */
export const connections = async (at: At): Promise<number> =>
  (await socketsOf(at)).filter(([, , , state]) => state === '01').length

/** Connections that wait to be accepted. They are the receive queue of the listening socket. */
export async function notYetAccepted(at: At): Promise<number> {
  const listening = (await socketsOf(at)).filter(([, , , state]) => state === '0A')
  return listening.reduce((sum, [, , , , queues = '']) => sum + Number.parseInt(queues.split(':')[1] ?? '', 16), 0)
}
