/** Runs load/raw.ts as a participant in its own process. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../harness/server.ts'
import type { Sample } from './wrk.ts'

const run = promisify(execFile)

/** The number per second of verified signatures of the tokens in this file, or of password comparisons of this cost. */
export async function runRaw(what: 'verify' | 'hash', argument: string, seconds: number): Promise<Sample> {
  const { stdout } = await run(process.execPath, [join(root, 'bench/load/raw.ts'), what, argument, String(seconds)])
  return { perSecond: Number(stdout) }
}
