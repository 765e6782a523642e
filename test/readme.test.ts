/** The README and the commands that the pages name. */
import { glob, readFile } from 'node:fs/promises'
import t from 'tap'

const readme = await readFile('README.md', 'utf8')

t.test('every npm command that a page names exists', async (t) => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> }
  let found = 0
  for await (const page of glob(['*.md', 'docs/**/*.md'])) {
    for (const [, name = ''] of (await readFile(page, 'utf8')).matchAll(/npm run ([\w:]+)/g)) {
      t.ok(scripts[name], `${page}: npm run ${name}`)
      found++
    }
  }
  t.ok(found > 20)
})

t.test('the README has at most 200 lines', async (t) => {
  t.ok(readme.split('\n').length <= 201)
})
