/** The pages that a program writes from the source say what the source says. */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { renderReference } from '../scripts/reference.ts'
import { settings } from '../src/config/settings.ts'
import { catalogue } from '../src/errors.ts'
import { defaultRates } from '../src/limits/rate.ts'

const rendered = await renderReference()

t.test('the generated files are up to date (else: npm run docs)', async (t) => {
  for (const [path, text] of Object.entries(rendered)) t.equal(await readFile(path, 'utf8'), text, path)
})

t.test('every setting has its default, its allowed values and a sentence', async (t) => {
  const page = rendered['docs/reference/settings.md'] ?? ''
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (.*) \| (.+) \| ([A-Z`].+\.) \|$/gm)]
  t.same(
    rows.map(([, name]) => name),
    Object.keys(settings),
  )
  t.match(page, '| `ACCESS_TOKEN_SECONDS` | `600` | a whole number from 5 to 3600 |')
})

t.test('.env.example can be read as it stands, and sets nothing', async (t) => {
  const lines = (rendered['.env.example'] ?? '').split('\n').filter((line) => line !== '')
  t.same(
    lines.filter((line) => !line.startsWith('#')),
    [],
  )
  t.equal(lines.filter((line) => /^#[A-Z_]+=/.test(line)).length, Object.keys(settings).length)
})

t.test('every error code has a row, and every operation has one', async (t) => {
  const page = rendered['docs/reference/errors.md'] ?? ''
  for (const code of Object.keys(catalogue)) t.match(page, `| \`${code}\` | `)
  t.match(page, '| `POST /auth/login` | yes | `two_credentials`, `invalid_credentials`')
  t.match(page, /^Every operation can answer .*`internal_error`.*\.$/m)
})

t.test('every rate limit has a row with its default', async (t) => {
  const page = await readFile('docs/reference/rate-limits.md', 'utf8')
  const rows = [...page.matchAll(/^\| `([a-z_]+)` \| `(\d+)\/(\d+)` \|/gm)]
  t.same(
    Object.fromEntries(
      rows.map(([, name, count, seconds]) => [name, { count: Number(count), seconds: Number(seconds) }]),
    ),
    defaultRates,
  )
})
