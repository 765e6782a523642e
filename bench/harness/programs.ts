/** The load generators, which are packages of Debian. */
import { execFile } from 'node:child_process'
import { access, constants, glob } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const has = (path: string, mode?: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  )

async function find(name: string, elsewhere = ''): Promise<string | undefined> {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, name))
  if (elsewhere) for await (const place of glob(elsewhere)) places.push(place)
  for (const place of places) {
    if (await has(place, constants.X_OK)) return place
  }
  return undefined
}

/** The paths of wrk and pgbench. Throws an error that says what to install if one is missing. */
export async function findPrograms(): Promise<{ wrk: string; pgbench: string }> {
  const wrk = await find('wrk')
  // In Debian it is not on the PATH.
  const pgbench = await find('pgbench', '/usr/lib/postgresql/*/bin/pgbench')
  if (wrk && pgbench) return { wrk, pgbench }
  const missing = [...(wrk ? [] : ['wrk']), ...(pgbench ? [] : ['pgbench'])].join(' and ')
  throw new Error(`The bench needs ${missing}. On Debian or Ubuntu: apt-get install wrk postgresql`)
}

/** Installs the packages in bench/peers if they are missing. */
export async function installPeers(peers: string): Promise<void> {
  if (!(await has(join(peers, 'node_modules/better-auth')))) {
    console.log('installing what is compared with, into bench/peers …')
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: peers })
  }
  if (await has(join(peers, 'generated/client.ts'))) return
  await run('npx', ['--no-install', 'prisma', 'generate', '--config', join(peers, 'prisma/config.mjs')])
}
