/** Every connection of the server heeds the TLS of DATABASE_URL, on a Postgres that accepts nothing but TLS. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { register } from '../../setup/client.ts'
import { createDataDir } from '../../setup/database.ts'
import { runStatements, startPostgres } from '../../setup/own-postgres.ts'
import { launch, startServer, testSettings } from '../../setup/server-process.ts'
import { findDebianPostgres } from '../../setup/standby.ts'

const home = await createDataDir()
const at = (name: string) => join(home, name)

/** A certificate for this name, signed by an authority of its own. Throws an error with its output if openssl is missing. */
async function certify(name: string, host: string): Promise<void> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const make = (file: string, ...more: string[]) =>
    promisify(execFile)('openssl', [
      'req',
      '-x509',
      ...key,
      '-subj',
      `/CN=${file}`,
      '-keyout',
      at(`${file}.key`),
      '-out',
      at(`${file}.pem`),
      ...more,
    ])
  await make(`${name}-ca`, '-addext', 'keyUsage=critical,keyCertSign')
  const signer = ['-CA', at(`${name}-ca.pem`), '-CAkey', at(`${name}-ca.key`)]
  await make(name, ...signer, '-addext', 'basicConstraints=critical,CA:FALSE', '-addext', `subjectAltName=${host}`)
}

await certify('server', 'IP:127.0.0.1')
await certify('other', 'IP:127.0.0.1')
const settings = { ssl: 'on', ssl_cert_file: at('server.pem'), ssl_key_file: at('server.key') }
const postgres = await startPostgres(t, { binDir: await findDebianPostgres() })
await postgres.kill()
await writeFile(join(postgres.dir, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n')
await postgres.start(settings)

const urlWith = (query: string) => postgres.url.replace('sslmode=disable', query)
const refusal = async (query: string): Promise<string> => {
  const { exited, output } = launch({
    ...testSettings,
    PORT: '0',
    PUBLIC_URL: 'http://localhost',
    DATABASE_URL: urlWith(query),
  })
  t.equal(await exited, 1)
  t.notMatch(output(), /\n\s+at |postgres-of-a-test/, 'one sentence, without the password')
  return output()
}

t.test('with the right authority, the whole server runs over TLS', async (t) => {
  const server = await startServer({ DATABASE_URL: urlWith(`sslmode=verify-full&sslrootcert=${at('server-ca.pem')}`) })
  t.ok((await register(server.baseUrl)).access_token)
  const clients = `SELECT bool_and(ssl) AS safe, count(*)::int AS count FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
    WHERE application_name LIKE 'countersign%'`
  const [rows] = await runStatements(urlWith('sslmode=no-verify'), [clients])
  t.match(rows, [{ safe: true, count: Number }])
  server.child.kill('SIGTERM')
  t.equal(await server.exited, 0)
})

t.test('require and verify-ca check as much, and no-verify checks nothing', async (t) => {
  for (const mode of ['require', 'verify-ca']) {
    t.match(
      await refusal(`sslmode=${mode}&sslrootcert=${at('other-ca.pem')}`),
      /Cannot connect to Postgres.*(certificate|issuer)/,
    )
  }
  const server = await startServer({ DATABASE_URL: urlWith('sslmode=no-verify') })
  server.child.kill('SIGTERM')
  t.equal(await server.exited, 0)
})

t.test('without TLS, or with a file that is not there, the start says why', async (t) => {
  t.match(await refusal('sslmode=disable'), /Cannot connect to Postgres.*(no encryption|pg_hba)/)
  const missing = await refusal('sslmode=verify-full&sslrootcert=/none/ca.pem')
  t.match(missing, /The file of sslrootcert in DATABASE_URL cannot be read \(ENOENT\)/)
})
