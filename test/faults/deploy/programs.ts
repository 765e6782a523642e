/** Programs of Debian that read the files of deploy/. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const packages = { promtool: 'prometheus', caddy: 'caddy', 'systemd-analyze': 'systemd', openssl: 'openssl' }

/** Runs a program to its end. Throws with its output if it fails. */
export async function run(program: keyof typeof packages, args: readonly string[], cwd = '.') {
  return promisify(execFile)(program, args, { cwd }).catch((error: Error & { code?: unknown }) => {
    if (error.code !== 'ENOENT') throw error
    throw new Error(`This test needs ${program}: apt-get install --no-install-recommends ${packages[program]}`)
  })
}
