/**
 * `npm run test:stryker [-- WORD …]` lets Stryker break plain logic in every way it knows, and lists the breaks that the test of
 * the file does not notice. Some of them change nothing, so a person reads the list and no build depends on it. SQL, cryptography
 * and configuration have lists of breaks instead (`npm run test:mutants`), because Stryker cannot break them.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { testArguments } from './start-test.ts'

/** Files of plain logic, each with the test that must notice every break of it. */
const tests: Readonly<Record<string, string>> = {
  'src/http/browser/csrf.ts': 'test/http/browser/gate.test.ts',
  'src/keys/key-lifecycle.ts': 'test/keys/key-lifecycle.test.ts',
  'src/limits/budgets.ts': 'test/limits/budgets.test.ts',
  'src/limits/client-address.ts': 'test/limits/client-address.test.ts',
  'src/revocations/denylist.ts': 'test/revocations/denylist.test.ts',
}

const home = resolve(import.meta.dirname, 'stryker')

async function run(cwd: string, command: string, ...args: string[]): Promise<void> {
  const child = spawn(command, args, { cwd, stdio: 'inherit', env: { ...process.env, TAP_BAIL: '1' } })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ended with ${code}`)
}

async function breakFile(file: string, test: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-stryker-'))
  const config = join(directory, 'stryker.json')
  const settings = {
    testRunner: 'command',
    commandRunner: { command: [process.execPath, ...testArguments(test)].join(' ') },
    mutate: [file],
    concurrency: availableParallelism(),
    reporters: ['clear-text'],
    tempDirName: join(directory, 'copies'),
  }
  try {
    await writeFile(config, JSON.stringify(settings))
    await run(process.cwd(), join(home, 'node_modules/.bin/stryker'), 'run', config)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const words = process.argv.slice(2)
if (!existsSync(join(home, 'node_modules'))) await run(home, 'npm', 'ci', '--no-audit', '--no-fund')
for (const [file, test] of Object.entries(tests)) {
  if (words.length === 0 || words.some((word) => file.includes(word))) await breakFile(file, test)
}
