/** load/raw.ts as a participant, in a process of its own. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../harness/server.ts'
import type { Sample } from './wrk.ts'

const run = promisify(execFile)

/** How many a second: of signatures in this file of tokens, or of password comparisons of this cost. */
export async function runRaw(what: 'verify' | 'hash', argument: string, seconds: number): Promise<Sample> {
  const { stdout } = await run(process.execPath, [join(root, 'bench/load/raw.ts'), what, argument, String(seconds)])
  return { perSecond: Number(stdout) }
}
