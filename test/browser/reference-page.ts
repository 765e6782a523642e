/** Uses the reference page as a user does. */
import type { Locator, Page } from 'playwright-core'

/** Opens an operation, and presses "Try it out". */
export async function openOperation(page: Page, operationId: string): Promise<Locator> {
  const block = page.locator(`.opblock[id$="-${operationId}"]`)
  if (!(await block.getAttribute('class'))?.includes('is-open')) await block.locator('.opblock-summary-control').click()
  const tryIt = block.getByRole('button', { name: 'Try it out' })
  await block.locator('.try-out__btn').waitFor()
  if (await tryIt.isVisible()) await tryIt.click()
  return block
}

/** Opens an operation, presses "Try it out" and "Execute", and reads the response on the page. */
export async function tryOut(
  page: Page,
  operationId: string,
): Promise<{ status: string; body: Record<string, unknown> }> {
  const block = await openOperation(page, operationId)
  const clear = block.getByRole('button', { name: 'Clear' })
  if (await clear.isVisible()) await clear.click()
  await block.getByRole('button', { name: 'Execute' }).click()
  const answer = block.locator('.live-responses-table .response')
  const status = (await answer.locator('.response-col_status').innerText()).trim()
  if (status.startsWith('204')) return { status: '204', body: {} }
  const text = await answer.locator('.highlight-code').first().innerText()
  const body: Record<string, unknown> = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1))
  return { status, body }
}
