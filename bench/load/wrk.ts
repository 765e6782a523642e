/** Load from Debian's wrk with one thread. A slower load generator would bring every ratio closer to 1. */
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../harness/server.ts'

const run = promisify(execFile)

export type Load = {
  readonly wrk: string
  readonly directory: string
  /** The Lua script that makes the requests. Each script in this directory begins with a description. */
  readonly script: 'tokens' | 'refresh' | 'post'
  readonly url: string
  readonly path: string
  readonly file: string
  readonly seconds: number
  readonly connections: number
  readonly stream?: boolean
}

export type Sample = {
  readonly perSecond: number
  /** The number of requests. */
  readonly count?: number
  /** Milliseconds. */
  readonly p50?: number
  readonly p99?: number
  /** The share of a core that the load generator used. */
  readonly loadCpu?: number
}

type Said = Record<'requests' | 'microseconds' | 'failed' | 'status' | 'p50' | 'p99' | 'cpu', number>

/** Returns the requests per second. Throws if any request failed. */
export async function runWrk({ wrk, directory, script, url, path, file, ...load }: Load): Promise<Sample> {
  const lua = join(directory, `${script}.lua`)
  const parts = [script, 'done'].map((name) => readFile(join(root, 'bench/load', `${name}.lua`), 'utf8'))
  await writeFile(lua, (await Promise.all(parts)).join('\n'))
  const args = ['-t1', `-c${load.connections}`, `-d${Math.ceil(load.seconds)}s`, '--timeout', '10s', '-s', lua, url]
  const { stdout } = await run(wrk, [...args, '--', file, path, ...(load.stream ? ['stream'] : [])])
  const line = stdout.split('\n').find((one) => one.startsWith('{'))
  if (!line) throw new Error(`wrk said: ${stdout}`)
  const said: Said = JSON.parse(line)
  if (said.requests === 0 || said.failed + said.status > 0) throw new Error(`${url}${path}: requests failed: ${line}`)
  return {
    perSecond: said.requests / (said.microseconds / 1e6),
    count: said.requests,
    p50: said.p50 / 1000,
    p99: said.p99 / 1000,
    loadCpu: said.cpu / (said.microseconds / 1e6),
  }
}
