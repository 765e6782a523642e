/** Processes of a command line that are killed while they store tokens. */
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { fileStorage } from '../../../packages/client/src/storage/file.ts'

const rounds = Number(process.env['KILL_ROUNDS'] ?? 20)
const folder = await mkdtemp(join(tmpdir(), 'countersign-tokens-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const path = join(folder, 'tokens.json')
const storage = fileStorage(path)

const storedNow = async () => Number(/^token (\d+) x{2000}$/.exec((await storage.read('token')) ?? '')?.[1])

/** Starts a process that stores tokens from this number on, and kills it after some of them. Returns the last that it said it had stored. */
async function killWriter(first: number, after: number): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'test/faults/packages/write-tokens.ts', path, `${first}`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  )
  let last = first - 1
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line)
    if (last >= first + after) child.kill('SIGKILL')
  }
  return last
}

t.test(`${rounds} kills: the file is whole, and no stored token is lost`, { timeout: 280_000 }, async (t) => {
  let next = 1
  for (let round = 0; round < rounds; round++) {
    const last = await killWriter(next, Math.floor(Math.random() * 20))
    const stored = await storedNow()
    t.ok(stored >= last && stored <= last + 1, `token ${stored} is stored, and ${last} was said to be`)
    next = stored + 1
  }
  t.ok(
    await storage.replace('token', await storage.read('token'), 'the last'),
    'an abandoned lock delays the next process, and does not stop it',
  )
  t.same(
    (await readdir(folder)).filter((name) => name.endsWith('.lock')),
    [],
  )
})
