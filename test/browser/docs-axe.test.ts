/** The reference page at two widths, light and dark: axe, and whether everything fits. */
/// <reference lib="dom" />
import t from 'tap'
import { startNode } from '../setup/node.ts'
import { findMistakes, inWords } from './axe.ts'
import { openBrowser, skip } from './chromium.ts'
import { openOperation, tryOut } from './reference-page.ts'

t.setTimeout(290_000)

/** The mistakes that are in the elements of Swagger UI. */
const ofSwaggerUi = new Set([
  'landmark-unique',
  'heading-order',
  'nested-interactive',
  'region',
  'scrollable-region-focusable',
])

await t.test('the reference page is accessible and fits', { skip }, async (t) => {
  const { baseUrl } = await startNode(t)
  const { context } = await openBrowser(t)
  const page = await context.newPage()
  for (const [width, colorScheme] of [
    [1280, 'light'],
    [390, 'dark'],
  ] as const) {
    await t.test(`axe at ${width} pixels, ${colorScheme}`, async (t) => {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      await page.goto(`${baseUrl}/docs`)
      await page.getByText('/auth/login').first().waitFor()
      await tryOut(page, 'whoami')
      await openOperation(page, 'login')
      const found = await findMistakes(page)
      t.comment(`axe at /docs, ${width} pixels, ${colorScheme}: ${inWords(found)}`)
      const ours = Object.entries(found.violations).filter(([rule]) => !ofSwaggerUi.has(rule))
      t.same(ours, [])
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      t.equal(tooWide, 0, 'nothing is cut off')
    })
  }
})
