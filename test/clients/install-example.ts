/** Installs an example in a folder of its own, with the client that `npm run test:client` has built, as its users would from the registry. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'

/** Runs a program through `env`, because tap adds its hooks to every Node process that a test starts. Returns its output. */
export async function run(
  cwd: string,
  env: Record<string, string>,
  command: string,
  ...args: string[]
): Promise<string> {
  const all = { ...process.env, ...env, NODE_OPTIONS: '' }
  const { stdout } = await promisify(execFile)(command, args, { cwd, env: all }).catch(
    ({ stdout: said, stderr, message }: Error & { stdout: string; stderr: string }) => {
      throw new Error(`${message}\n${said}\n${stderr}`)
    },
  )
  return stdout.trim()
}

/** Returns the folder of the example. */
export async function installExample(t: Pick<Test, 'teardown'>, name: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'countersign-example-'))
  t.teardown(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))
  const folder = join(home, 'examples', name)
  const isSource = (path: string) => !/\/(node_modules|dist)$/.test(path)
  await cp(join('examples', name), folder, { recursive: true, filter: isSource })
  for (const part of ['package.json', 'dist'])
    await cp(join('packages/client', part), join(home, 'packages/client', part), { recursive: true })
  await run(folder, {}, 'npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline')
  return folder
}
