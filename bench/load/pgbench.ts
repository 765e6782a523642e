/** Load from Debian's pgbench: our statement alone, each client on a session of its own, with no server in between. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { uuidInSql } from '../harness/people.ts'
import { rotateStatement } from './statement.ts'
import type { Sample } from './wrk.ts'

const run = promisify(execFile)

// As people.ts has it. A hash is its generation, as with bench/peers/rotate.mjs.
const id = uuidInSql(`'session' || :client_id`)
const hash = (generation: string) => `decode(lpad(:${generation}::text, 64, '0'), 'hex')`
const salt = `decode(repeat('0', 32), 'hex')`

const values = [id, hash('g'), hash('next'), salt, '2592000']

type Load = { pgbench: string; directory: string; url: string; clients: number; seconds: number }

/** Rotations a second. Sessions 0 to `clients` - 1 must be new. */
export async function runPgbench({ pgbench, directory, url, clients, seconds }: Load): Promise<Sample> {
  const text = (await rotateStatement()).replace(/\$(\d)/g, (_, n: string) => values[Number(n) - 1] ?? '')
  const file = join(directory, 'rotate.sql')
  await writeFile(file, `\\set next :g + 1\n${text.replaceAll('\n', ' ')};\n\\set g :next\n`)
  // Connecting counts against its time, though not into what it says a second.
  const length = String(Math.ceil(seconds) + 1)
  const how = ['-n', '-M', 'prepared', '-c', String(clients), '-j', '1', '-T', length, '-D', 'g=0']
  const { stdout } = await run(pgbench, [...how, '-f', file, url])
  const perSecond = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1])
  const count = Number(/transactions actually processed: (\d+)/.exec(stdout)?.[1])
  if (!(perSecond > 0)) throw new Error(`pgbench said: ${stdout}`)
  return { perSecond, count }
}
