/** nginx with deploy/nginx.conf, in front of servers of a test. Only ports, the place of the certificate and addresses differ. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from '../../setup/free-port.ts'
import { startNginx } from '../../setup/nginx.ts'
import { run } from './programs.ts'

/** Makes a certificate for auth.example.com, in the files that deploy/nginx.conf names. */
async function makeCertificate(directory: string): Promise<void> {
  const [key, certificate] = [join(directory, 'privkey.pem'), join(directory, 'fullchain.pem')]
  const name = ['-subj', '/CN=auth.example.com', '-addext', 'subjectAltName=DNS:auth.example.com']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  await run('openssl', ['req', '-x509', ...curve, '-noenc', '-days', '2', ...name, '-keyout', key, '-out', certificate])
}

/** Replaces every occurrence of each text. Throws if the file does not have it. */
function replaceAll(text: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((made, [from, to]) => {
    if (!made.includes(from)) throw new Error(`deploy/nginx.conf has no ${from}`)
    return made.replaceAll(from, to)
  }, text)
}

/** Starts nginx in front of the two ports. Returns the port for https, the port for http, and the certificate. */
export async function startSite(t: Pick<Test, 'teardown'>, [first, second]: readonly [number, number]) {
  const directory = await mkdtemp(join(tmpdir(), 'site-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  await makeCertificate(directory)
  const [https, http] = [await freePort(), await freePort()]
  const site = replaceAll(await readFile('deploy/nginx.conf', 'utf8'), [
    ['/etc/ssl/countersign', directory],
    ['127.0.0.1:3001', `127.0.0.1:${first}`],
    ['127.0.0.1:3002', `127.0.0.1:${second}`],
    ['listen [::]:80;', ''],
    ['listen [::]:443 ssl http2;', ''],
    ['listen 80;', `listen ${http};`],
    ['listen 443 ssl http2;', `listen ${https} ssl http2;`],
  ])
  const errors = join(directory, 'errors')
  await startNginx(t, { port: https, http: `error_log ${errors}; ${site}` })
  return {
    https,
    http,
    certificate: await readFile(join(directory, 'fullchain.pem'), 'utf8'),
    /** What nginx wrote to its log of errors. */
    errors: () => readFile(errors, 'utf8'),
  }
}
