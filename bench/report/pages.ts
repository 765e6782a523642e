/**
 * Writes the tables of figures into pages, from bench/results.json. A table stands between `<!-- bench: PART [GROUP] -->` and
 * `<!-- /bench -->`. The part `argument` is made from several parts. test/bench/pages.test.ts fails for a table that differs
 * from the results.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { argumentOf } from './argument.ts'
import type { Results } from './results.ts'
import { forMarkdown } from './tables.ts'

/** The pages that have such tables. */
export const pages = ['docs/reference/performance.md'] as const

const table = /(<!-- bench: ([\w-]+)(?: ([^>]+?))? -->\n)[^]*?(<!-- \/bench -->)/g

/** The page, with the tables of these results. */
export const withTables = (page: string, results: Results): string =>
  page.replace(table, (_, begin: string, name: string, group: string | undefined, end: string) => {
    if (name === 'argument') return `${begin}\n${argumentOf(results)}\n\n${end}`
    const part = results[name]
    return `${begin}\n${part ? forMarkdown(part, group) : 'Not measured yet.'}\n\n${end}`
  })

/** Writes the tables of every page. */
export async function writePages(results: Results): Promise<void> {
  for (const page of pages) {
    const file = new URL(`../../${page}`, import.meta.url)
    await writeFile(file, withTables(await readFile(file, 'utf8'), results))
  }
}
