/** Runs a server in a process of its own, with any runtime. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'

/** Starts it with this environment and no other variables, until the test ends. Returns its address once it answers. */
export async function serve(
  t: Pick<Test, 'teardown'>,
  port: number,
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const child = spawn(command, args, { env: { PATH: process.env['PATH'], PORT: String(port), ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const closed = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await closed
  })
  const baseUrl = `http://127.0.0.1:${port}`
  while (child.exitCode === null && child.signalCode === null) {
    if (await fetch(baseUrl).catch(() => undefined)) return baseUrl
    await new Promise((done) => setTimeout(done, 20))
  }
  throw new Error(`${command} ended: ${output}`)
}
