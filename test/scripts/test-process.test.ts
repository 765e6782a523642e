import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { readTap } from '../../scripts/read-tap.ts'
import { createSharedProcess } from '../../scripts/test-process.ts'

const directory = await mkdtemp(join(tmpdir(), 'countersign-files-'))
t.teardown(() => rm(directory, { recursive: true }))
const write = async (name: string, code: string) => {
  const file = `${directory}/${name}.test.ts`
  await writeFile(file, `import t from 'tap'\n${code}`)
  return file
}
const shared = createSharedProcess({ env: {}, timeoutSeconds: 300 })
t.teardown(() => shared.close())
const run = async (file: string) => {
  const { stdout, stderr, end } = await shared.run(file)
  return { ...readTap(stdout), stderr, end }
}

t.test('each file has a root test of its own: its hooks and teardowns end with it', async (t) => {
  const first = await write(
    'first',
    `t.beforeEach(() => console.error('before each'))
     t.teardown(() => console.error('torn down'))
     t.test('is not awaited', async (t) => t.ok(true))
     t.equal(typeof (globalThis.first = 1), 'number')`,
  )
  const one = await run(first)
  t.match(one, { passed: 2, failures: [], end: 0 })
  t.same(one.stderr.trim().split('\n'), ['before each', 'torn down'])
  const second = await write('second', `t.test('another', async (t) => t.equal(globalThis.first, 1, 'same process'))`)
  t.match(await run(second), { passed: 1, failures: [], stderr: '', end: 0 })
})

t.test('each file has a time limit, and all files together have none', async (t) => {
  const file = await write('limits', `t.equal(process.env['TAP_TIMEOUT'], '0'); t.equal(t.options.timeout, 300_000)`)
  t.match(await run(file), { passed: 2, failures: [] })
})

t.test('a failure belongs to its file', async (t) => {
  const file = await write('failing', `t.test('outer', async (t) => { t.ok(true); t.ok(false, 'inner') })`)
  t.match(await run(file), { passed: 1, failures: [{ titles: ['files', file, 'outer', 'inner'].slice(-3) }], end: 0 })
  t.match(await run(await write('after', 't.ok(true)')), { passed: 1, failures: [] })
})

t.test('an error outside of a test is a failure of its file', async (t) => {
  const thrown = await run(await write('throws', `throw new Error('at the top')`))
  t.equal(thrown.failures.length, 1)
  const late = await write(
    'late',
    `t.test('waits', (t) => { setTimeout(() => { throw new Error('late') }) ; setTimeout(() => t.end(), 50) })`,
  )
  t.ok((await run(late)).failures.length > 0)
})

t.test('a file that ends its process is reported, and the next file gets a new process', async (t) => {
  const exits = await run(await write('exits', 't.ok(true); process.exit(3)'))
  t.not(exits.end, 0)
  const quiet = await run(await write('exits-well', 't.ok(true); process.exit(0)'))
  t.not(quiet.end, 0)
  t.match(await run(await write('next', `t.equal(globalThis.first, undefined)`)), { passed: 1, failures: [], end: 0 })
})
