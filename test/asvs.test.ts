/** docs/reference/asvs.md names tests that exist, and gives a reason for what is not met. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import t from 'tap'

const page = await readFile('docs/reference/asvs.md', 'utf8')
const rows = [...page.matchAll(/^\| (\d+\.\d+\.\d+) \| (.*) \|$/gm)].map(([, clause = '', rest = '']) => {
  const [level, short, state, test = '', remark = ''] = rest.split('|').map((cell) => cell.trim())
  const [, path] = /^\[[^\]]+\]\(\.\.\/\.\.\/(test\/\S+)\)$/.exec(test) ?? []
  return { clause, level, short, state, test, path, remark }
})

t.test('every clause has one row, with a level and a state', async (t) => {
  t.ok(rows.length > 150)
  t.equal(new Set(rows.map(({ clause }) => clause)).size, rows.length)
  for (const { clause, level, short, state } of rows) {
    t.match({ level, short, state }, { level: /^[12]$/, short: /\w/, state: /^(met|not met|not applicable)$/ }, clause)
  }
})

t.test('a clause that is met names a test that exists, and any other has a remark and no test', async (t) => {
  for (const { clause, state, test, path, remark } of rows) {
    if (state === 'met') t.ok(path !== undefined && existsSync(path), `${clause} names ${test}`)
    else t.ok(test === '' && remark !== '', `${clause} has a reason`)
  }
})
