/** Looks for accessibility mistakes on a page with axe-core. */
/// <reference lib="dom" />
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

type Rule = { id: string; nodes: { target: unknown[] }[] }
declare const axe: { run: () => Promise<{ violations: Rule[]; passes: Rule[] }> }

const source = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** The rules that the page breaks, each with its elements, and how many rules it passes. */
export async function findMistakes(page: Page): Promise<{ violations: Record<string, string[]>; passes: number }> {
  // The page's policy refuses a script element, but not the debugger's own evaluation.
  await page.evaluate(source)
  return page.evaluate(async () => {
    const { violations, passes } = await axe.run()
    const elements = ({ id, nodes }: Rule) => [id, nodes.map(({ target }) => String(target))] as const
    return { violations: Object.fromEntries(violations.map(elements)), passes: passes.length }
  })
}

/** Such as "49 rules passed, region 1". */
export const inWords = ({ violations, passes }: Awaited<ReturnType<typeof findMistakes>>): string =>
  [`${passes} rules passed`, ...Object.entries(violations).map(([rule, { length }]) => `${rule} ${length}`)].join(', ')
