/** What a server holds on to, as the kernel counts it. */
import { readFile } from 'node:fs/promises'
import type { ServerProcess } from './server-process.ts'

/** Resident memory. */
export const megabytes = async ({ child }: Pick<ServerProcess, 'child'>): Promise<number> =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024)

/** Established connections. */
export async function connections({ baseUrl }: Pick<ServerProcess, 'baseUrl'>): Promise<number> {
  const port = Number(new URL(baseUrl).port).toString(16).toUpperCase().padStart(4, '0')
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/))
  return lines.filter(([, local, , state]) => local?.endsWith(`:${port}`) && state === '01').length
}
