/** The figures in pages and in the picture are those of bench/results.json. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { pages, withTables } from '../../bench/report/pages.ts'
import { draw } from '../../bench/report/picture.ts'
import { readResults } from '../../bench/report/results.ts'

const results = await readResults()

t.test('the tables match the results', async (t) => {
  for (const page of pages) {
    const text = await readFile(page, 'utf8')
    t.equal(withTables(text, results), text, `${page}: npm run bench -- tables`)
  }
  const other = structuredClone(results)
  Object.assign(other['noise'] ?? {}, { seconds: 1234 })
  const text = await readFile('docs/reference/performance.md', 'utf8')
  t.not(withTables(text, other), text)
})

t.test('the page has a table for every part of the results', async (t) => {
  const text = await readFile('docs/reference/performance.md', 'utf8')
  for (const part of Object.keys(results)) t.match(text, `<!-- bench: ${part}`)
})

t.test('the picture shows the results', async (t) => {
  t.equal(await readFile('bench/results.svg', 'utf8'), draw(results))
})

t.test('without the load generator, the bench says which packages to install', async (t) => {
  // Only Node is in the path.
  const env = { PATH: dirname(process.execPath), NODE_OPTIONS: '' }
  const run = promisify(execFile)(process.execPath, ['bench/run.ts', 'noise'], { env })
  const error = (await run.catch((thrown: unknown) => thrown)) as { code?: number; stderr?: string }
  t.equal(error.code, 1)
  t.match(error.stderr, /needs wrk.*apt-get install wrk postgresql/)
})
