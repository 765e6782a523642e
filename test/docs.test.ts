/** Every relative link in the pages of this repository leads to a file that is there, and to a heading of it. */
import { access, glob, readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'

const pages = new Map<string, string>()
for await (const file of glob(['*.md', '{docs,src,test,packages,examples}/**/*.md'], {
  exclude: ['**/node_modules/**'],
})) {
  pages.set(file, await readFile(file, 'utf8'))
}

const withoutCode = (text: string) => text.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, 'code')

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>()
  const prose = page.replaceAll(/^```[^]*?^```/gm, '')
  for (const [, heading = ''] of prose.matchAll(/^#+ (.+)$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = text.replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-')
    let anchor = slug
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`
    anchors.add(anchor)
  }
  return anchors
}

const linksOf = (page: string) =>
  [...withoutCode(page).matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^\w+:/.test(link))

t.test('the pages are read', async (t) => {
  t.ok(pages.size > 20, `${pages.size} pages`)
  t.ok([...pages.values()].flatMap(linksOf).length > 200)
})

for (const [file, page] of pages) {
  t.test(`links of ${file}`, async (t) => {
    for (const link of linksOf(page)) {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? file : normalize(join(dirname(file), path))
      await t.resolves(access(target), `${link} leads to ${target}`)
      if (anchor === undefined) continue
      const text = pages.get(target)
      t.ok(text && anchorsOf(text).has(anchor), `${link} leads to a heading`)
    }
  })
}

t.test('every source file that a page names exists', async (t) => {
  let found = 0
  for (const [file, page] of pages) {
    for (const [, path = ''] of page.matchAll(
      /(?<![\w./-])((?:src|test|bench|scripts|prisma|examples)\/[\w./-]+\.(?:ts|prisma))\b/g,
    )) {
      // A package names its own files.
      const base = /^packages\/[^/]+\//.exec(file)?.[0] ?? ''
      await t.resolves(access(`${base}${path}`), `${file} names ${path}`)
      found++
    }
  }
  t.ok(found > 30)
})

t.test('every page of docs/ can be reached from the README', async (t) => {
  const reached = new Set<string>()
  const waiting = ['README.md']
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const page = pages.get(file)
    if (page === undefined || reached.has(file)) continue
    reached.add(file)
    for (const link of linksOf(page)) waiting.push(normalize(join(dirname(file), link.split('#')[0] || '.')))
  }
  t.same(
    [...pages.keys()].filter((file) => file.startsWith('docs/') && !reached.has(file)),
    [],
  )
})

t.test('the index of docs/decisions.md lists every decision, in order', async (t) => {
  const page = pages.get('docs/decisions.md') ?? ''
  const listed = [...page.matchAll(/^- \[(.+)\]\(#/gm)].map(([, title]) => title)
  const decisions = [...page.matchAll(/^### (.+)$/gm)].map(([, title]) => title)
  t.ok(decisions.length > 50)
  t.same(listed, decisions)
})
