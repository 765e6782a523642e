/**
 * Tables in pages, between `<!-- bench: PART [GROUP] -->` and `<!-- /bench -->`, `argument` being one of several parts: written from bench/results.json, never by
 * hand, so that a page says what was measured. test/bench/pages.test.ts holds them to it.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { argumentOf } from './argument.ts'
import type { Results } from './results.ts'
import { forMarkdown } from './tables.ts'

/** The pages that may have such tables. */
export const pages = ['README.md', 'docs/reference/performance.md'] as const

const place = /(<!-- bench: ([\w-]+)(?: ([^>]+?))? -->\n)[^]*?(<!-- \/bench -->)/g

/** The page with its tables as these results have them. */
export const withTables = (page: string, results: Results): string =>
  page.replace(place, (_, begin: string, name: string, group: string | undefined, end: string) => {
    if (name === 'argument') return `${begin}\n${argumentOf(results)}\n\n${end}`
    const part = results[name]
    return `${begin}\n${part ? forMarkdown(part, group) : 'Not measured yet.'}\n\n${end}`
  })

/** Writes the tables of every page anew. */
export async function writePages(results: Results): Promise<void> {
  for (const page of pages) {
    const file = new URL(`../../${page}`, import.meta.url)
    await writeFile(file, withTables(await readFile(file, 'utf8'), results))
  }
}
