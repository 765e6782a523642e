/** @countersign/client: packed, installed into an empty folder, and used from there in JavaScript on Node 24 and 20, and in TypeScript. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'
import { password, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { run } from './example.ts'

t.setTimeout(240_000)

const home = await mkdtemp(join(tmpdir(), 'countersign-client-'))
t.teardown(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))
const app = join(home, 'app')

const node = await startNode(t)
const { user } = await register(node.baseUrl)

t.test('the package has the files that it needs, and installs nothing else', async (t) => {
  const packed: { filename: string; size: number; unpackedSize: number; files: { path: string }[] }[] = Object.values(
    JSON.parse(
      await run(resolve('packages/client'), 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', home),
    ),
  )
  const [{ filename, size, unpackedSize, files } = { filename: '', size: 0, unpackedSize: 0, files: [] }] = packed
  t.comment(`packed ${size} bytes, unpacked ${unpackedSize} bytes, ${files.length} files`)
  const other = files.map(({ path }) => path).filter((path) => !/^dist\/.*\.(js|d\.ts)$/.test(path))
  t.same(other.toSorted(), ['CHANGELOG.md', 'README.md', 'package.json'])
  await mkdir(app)
  const wanted = { type: 'module', private: true, allowScripts: { node: true } }
  await writeFile(join(app, 'package.json'), JSON.stringify(wanted))
  await run(app, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', join(home, filename))
  t.same((await readdir(join(app, 'node_modules'))).toSorted(), ['.package-lock.json', '@countersign'])
  t.same(await readdir(join(app, 'node_modules/@countersign')), ['client'])
})

t.test('JavaScript on Node 24 and 20: sign in, refresh, and go on in the next process', async (t) => {
  await run(app, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', '--save-exact', 'node@20.20.2')
  const program = `
    import { createClient } from '@countersign/client'
    import { fileStorage } from '@countersign/client/storage/file'
    import { createServerSession } from '@countersign/client/server'
    const [baseUrl, email, password, path] = process.argv.slice(2)
    const client = createClient({ baseUrl, mode: 'bearer', storage: fileStorage(path) })
    const found = await client.session() ?? await client.signIn({ email, password })
    const answer = await client.fetch(baseUrl + '/auth/whoami')
    const { sid } = await answer.json()
    console.log(JSON.stringify({ version: process.version, found: found.user.email, same: sid === found.sessionId, server: typeof createServerSession }))`
  await writeFile(join(app, 'app.js'), program)
  for (const [version, binary] of [
    ['v24.', process.execPath],
    ['v20.', join(app, 'node_modules/node/bin/node')],
  ] as const) {
    const file = join(home, `${version}json`)
    for (const time of ['first', 'second']) {
      const said = JSON.parse(await run(app, binary, 'app.js', node.baseUrl, user.email, password, file))
      t.match(said, { found: user.email, same: true, server: 'function' }, `${version} ${time} process`)
      t.ok(said.version.startsWith(version))
    }
  }
})

t.test('TypeScript: the types work under strict options', async (t) => {
  const program = `
    import { ApiError, createClient, type Change, type Client, type ClientState, NetworkError } from '@countersign/client'
    import { addPasskey } from '@countersign/client/passkeys'
    import { createServerSession } from '@countersign/client/server'
    import { fileStorage } from '@countersign/client/storage/file'
    const client: Client = createClient({ baseUrl: 'https://a.test', mode: 'bearer', storage: fileStorage('x') })
    const state: ClientState = client.state()
    export const name: string | null | undefined = state.user?.name
    client.onChange((change: Change) => change.type === 'offline')
    const result = await client.register({ email: 'a', password: 'b' })
    if (result.status === 'factor_required') await client.api.signInWithFactor({ attempt: result.attempt, method: 'totp', code: '' })
    if (result.status === 'signed_in') await addPasskey(client, { name: result.sessionId })
    export const id: string | undefined = result.verificationId
    export const sessions = (await client.api.listSessions()).sessions.map(({ device }) => device)
    export const told = (error: unknown) => error instanceof ApiError ? error.code : error instanceof NetworkError
    export const serverSession = createServerSession
    // @ts-expect-error there is no such mode
    createClient({ baseUrl: 'https://a.test', mode: 'jwt' })
    // @ts-expect-error there is no such call
    client.api.deleteEverything()`
  await writeFile(join(app, 'app.ts'), program)
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    const strict = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
    }
    const compilerOptions = {
      target: 'es2023',
      lib: ['es2023', 'dom'],
      module,
      moduleResolution,
      noEmit: true,
      ...strict,
    }
    const types = { types: ['node'], typeRoots: [resolve('node_modules/@types')] }
    const config = { compilerOptions: { ...compilerOptions, ...types }, files: ['app.ts'] }
    await writeFile(join(app, 'tsconfig.json'), JSON.stringify(config))
    await t.resolves(run(app, resolve('node_modules/.bin/tsc'), '-p', '.'), moduleResolution)
  }
})
