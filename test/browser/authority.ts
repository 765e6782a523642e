/** A certificate authority for one test, and a home directory whose Chromium trusts it. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { skip as noBrowser } from './chromium.ts'

const run = promisify(execFile)

const isInstalled = (program: string) =>
  (process.env['PATH'] ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)))

const missing = ['openssl', 'certutil'].filter((program) => !isInstalled(program))

/** The reason to skip tests over https, for `skip` of tap. In CI they are never skipped. */
export const skip =
  noBrowser ||
  (missing.length === 0 || process.env['CI'] ? false : `no ${missing.join()} (apt-get install openssl libnss3-tools)`)

/** A key and a certificate for these hosts, and a home directory for the browser. */
export async function createAuthority(t: Pick<Test, 'teardown'>, hosts: readonly string[]) {
  const home = await mkdtemp(join(tmpdir(), 'countersign-browser-'))
  t.teardown(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))
  const at = (name: string) => join(home, name)

  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const request = (name: string, subject: string, extensions: readonly string[], signer: readonly string[]) => {
    const files = ['-subj', `/CN=${subject}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)]
    const added = extensions.flatMap((extension) => ['-addext', extension])
    return run('openssl', ['req', '-x509', ...newKey, ...signer, ...files, ...added])
  }
  await request('ca', 'Throw-away CA', ['keyUsage=critical,keyCertSign'], [])
  const names = `subjectAltName=${hosts.map((host) => `DNS:${host}`).join()}`
  const leaf = ['basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=serverAuth', names]
  await request('hosts', 'hosts', leaf, ['-CA', at('ca.pem'), '-CAkey', at('ca.key')])

  const store = at('.pki/nssdb')
  await mkdir(store, { recursive: true })
  await run('certutil', ['-d', `sql:${store}`, '-N', '--empty-password'])
  await run('certutil', ['-d', `sql:${store}`, '-A', '-n', 'throw-away', '-t', 'C,,', '-i', at('ca.pem')])
  return { home, tls: { key: await readFile(at('hosts.key')), cert: await readFile(at('hosts.pem')) } }
}
