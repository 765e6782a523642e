/** Load from Debian's pgbench: only the statement of a rotation, each client with its own session, without a server. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { uuidInSql } from '../harness/sessions.ts'
import { rotateStatement } from './statement.ts'
import type { Sample } from './wrk.ts'

const run = promisify(execFile)

// The sessions of sessions.ts. A hash is the generation, as in bench/peers/rotate.mjs.
const id = uuidInSql(`'session' || :client_id`)
const hash = (generation: string) => `decode(lpad(:${generation}::text, 64, '0'), 'hex')`
const salt = `decode(repeat('0', 32), 'hex')`

const values = [id, hash('g'), hash('next'), salt, '2592000']

type Load = { pgbench: string; directory: string; url: string; clients: number; seconds: number }

/** Returns the rotations per second. Sessions 0 to `clients` - 1 must be reset. */
export async function runPgbench({ pgbench, directory, url, clients, seconds }: Load): Promise<Sample> {
  const text = (await rotateStatement()).replace(/\$(\d)/g, (_, n: string) => values[Number(n) - 1] ?? '')
  const file = join(directory, 'rotate.sql')
  await writeFile(file, `\\set next :g + 1\n${text.replaceAll('\n', ' ')};\n\\set g :next\n`)
  // pgbench counts connecting in its time limit, and not in its rate.
  const length = String(Math.ceil(seconds) + 1)
  const how = ['-n', '-M', 'prepared', '-c', String(clients), '-j', '1', '-T', length, '-D', 'g=0']
  const { stdout } = await run(pgbench, [...how, '-f', file, url])
  const perSecond = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1])
  const count = Number(/transactions actually processed: (\d+)/.exec(stdout)?.[1])
  if (!(perSecond > 0)) throw new Error(`pgbench said: ${stdout}`)
  return { perSecond, count }
}
