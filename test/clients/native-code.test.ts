/** The code in the guides for Swift, Kotlin and Dart: it parses, and the paths, members and codes in it are those of the API. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { installLocked, run } from './example.ts'

const home = await mkdtemp(join(tmpdir(), 'countersign-native-'))
t.teardown(() => rm(home, { recursive: true, force: true }))

const folder = resolve('test/clients/grammars')
await installLocked(folder, '--ignore-scripts')

/** Whether each of the codes parses. */
async function parses(language: string, ...codes: string[]): Promise<boolean[]> {
  const files = codes.map((_, i) => join(home, `${language}-${i}`))
  for (const [i, file] of files.entries()) await writeFile(file, codes[i] ?? '')
  // The optimizing compiler of V8 runs out of memory on the grammar of Swift.
  const stdout = await run(folder, process.execPath, '--liftoff-only', 'parses.mjs', language, ...files)
  return stdout
    .trim()
    .split('\n')
    .map((line) => line === 'true')
}

const document = parse(await readFile('openapi.yaml', 'utf8'))
const schemas = document.components.schemas
const known = new Set<string>([
  ...['TokenPair', 'FactorRequired', 'Credentials', 'RefreshTokenBody', 'Problem'].flatMap((name) =>
    Object.keys(schemas[name].properties),
  ),
  ...schemas.Problem.properties.code.enum,
  ...Object.keys(schemas.SignInAnswer.discriminator.mapping),
  ...schemas.FactorRequired.properties.factors.items.enum,
  // A package of Dart.
  'flutter_secure_storage',
])

async function codeOf(language: string): Promise<string> {
  const page = await readFile(`docs/guides/${language}.md`, 'utf8')
  return new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(page)?.[1] ?? ''
}

for (const language of ['swift', 'kotlin', 'dart']) {
  t.test(`the code in ${language}.md`, async (t) => {
    const code = await codeOf(language)
    t.ok(code.length > 1000)
    t.same(await parses(language, code, `${code}\n)`), [true, false], 'parses, and a mistake is noticed')
    const paths = [...code.matchAll(/["'](\/[a-z/]+)["']/g)].map(([, path = '']) => path)
    t.same(new Set(paths), new Set(['/auth/login', '/auth/login/factor', '/auth/refresh', '/auth/logout']))
    t.same(
      paths.filter((path) => !document.paths[path]?.post),
      [],
    )
    const names: readonly string[] = code.match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? []
    t.same(
      [...new Set(names)].filter((name) => !known.has(name)),
      [],
    )
    for (const name of [
      'refresh_token',
      'access_token',
      'expires_in',
      'device_token',
      'invalid_refresh_token',
      'token_expired',
      'factor_required',
      'invalid_factor',
      'attempt_ended',
    ])
      t.ok(names.includes(name), name)
  })
}
