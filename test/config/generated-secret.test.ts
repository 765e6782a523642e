import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { generatedOnce, serverSecrets } from '../../src/config/generated-secret.ts'

async function directory(t: Test) {
  const path = await mkdtemp(join(tmpdir(), 'countersign-secret-'))
  t.teardown(() => rm(path, { recursive: true }))
  return path
}

t.test('a generated secret is kept, and only its owner reads it', async (t) => {
  const dataDir = await directory(t)
  const secrets = await Promise.all(Array.from({ length: 5 }, () => serverSecrets({ dataDir })))
  t.equal(new Set(secrets.flat()).size, 1)
  t.match(secrets[0]?.[0], /^[\w-]{43}$/)
  t.equal((await stat(join(dataDir, 'secret'))).mode & 0o777, 0o600)
  t.same(await serverSecrets({ dataDir }), secrets[0])
})

t.test(
  'an empty or short secret in a file refuses to start, names the file and the cure, and stays as it is',
  async (t) => {
    for (const content of ['', '\n', ' '.repeat(64), 'x'.repeat(31), `${'x'.repeat(31)}\n\n`]) {
      const dataDir = await directory(t)
      const file = join(dataDir, 'secret')
      await writeFile(file, content)
      await t.rejects(serverSecrets({ dataDir }), { name: 'StartError', message: file }, JSON.stringify(content))
      await t.rejects(serverSecrets({ dataDir }), { message: /backup/ })
      t.equal(await readFile(file, 'utf8'), content)
    }
  },
)

t.test('a file that cannot be read is not replaced', async (t) => {
  const file = join(await directory(t), 'secret')
  await mkdir(file)
  await t.rejects(generatedOnce(file), { name: 'StartError', message: /secret cannot be read \(EISDIR\)/ })
})

t.test('secrets of the settings come first, and no file is made', async (t) => {
  const dataDir = await directory(t)
  t.same(await serverSecrets({ secrets: ['a', 'b'], dataDir }), ['a', 'b'])
  await t.rejects(stat(join(dataDir, 'secret')), { code: 'ENOENT' })
})
