/**
 * Runs test files one after the other, as the runner names them, so that the server is loaded once for all of them. `tap` gives
 * each file a test of its own in place of tap's root, so its hooks and teardowns end with the file.
 */
import { on } from 'node:events'
import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'

const scheme = 'tap-of:'
const key = 'countersign.test-of-file'

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'tap' && context.parentURL?.endsWith('.test.ts')
      ? { url: `${scheme}${context.parentURL}`, format: 'module', shortCircuit: true }
      : next(specifier, context),
  load: (url, context, next) =>
    url.startsWith(scheme)
      ? { format: 'module', shortCircuit: true, source: `export default globalThis[Symbol.for('${key}')]` }
      : next(url, context),
})

// tap ends the root when it is idle, so one test is open as long as there may be more files.
await t.test('files', async (t) => {
  // tap lets a process end that only waits for messages.
  process.channel?.ref()
  for await (const [{ file, timeoutSeconds }] of on(process, 'message')) {
    if (!file) return
    await t.test(file, { timeout: timeoutSeconds * 1000 }, async (t) => {
      Object.assign(globalThis, { [Symbol.for(key)]: t })
      await import(pathToFileURL(resolve(file)).href)
    })
    // A comment of tap would come only with the next test.
    for (const stream of [process.stdout, process.stderr]) stream.write(`end of ${file}\n`)
  }
})
process.disconnect()
