/** Builds the example with Vite. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { run } from '../example.ts'

/** Type-checks and builds the example for the server at this address. Returns the folder of the build, and the sizes as Vite prints them. */
export async function build(t: Pick<Test, 'teardown'>, example: string, api: string) {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-react-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const vite = ['npm', 'run', 'build', '--', '--outDir', folder, '--emptyOutDir']
  const output = await run(example, 'env', `VITE_AUTH_URL=${api}`, ...vite)
  const said = output.split('\n').filter((line) => line.includes('gzip:'))
  return { folder, said: said.join('\n') }
}
