/**
 * The disk of the database is full, first for its tables, then for its write-ahead log too, without which it stops. Requests
 * that write get a 503, tokens are verified, and once there is room the server recovers by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import t from 'tap'
import { call, whoami } from '../setup/client.ts'
import { startServer } from '../setup/server-process.ts'
import { startOnSmallDisk } from '../setup/small-disk.ts'
import { createPeople } from './acknowledged.ts'

t.setTimeout(300_000)

const seconds = Number(process.env['DISK_FULL_SECONDS'] ?? 2)

async function startAll() {
  const postgres = await startOnSmallDisk(t, 128)
  const server = await startServer({ DATABASE_URL: postgres.url, LOG_LEVEL: 'error' })
  t.teardown(async () => {
    server.child.kill('SIGKILL')
    await server.exited
  })
  const users = createPeople(server.baseUrl)
  await users.enter(10)
  return { postgres, server, users }
}

/** Switches to new segments of the write-ahead log until Postgres can create no more. */
async function exhaustLog(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    for (let i = 0; i < 100; i++) await client.query(`SELECT pg_logical_emit_message(false, '', ''), pg_switch_wal()`)
  } catch {
    // The disk is full.
  } finally {
    await client.end().catch(() => {})
  }
}

t.test(
  'a full disk: writes are 503, tokens are verified, all goes on when there is room',
  { timeout: 290_000 },
  async (t) => {
    const { postgres, server, users } = await startAll()
    const [reader] = users.live.values()
    const { seen } = users
    const verified = { count: 0, wrong: [] as number[] }

    /** Keeps the disk full while clients write. Returns how many writes were refused and how many succeeded. */
    async function whileFull(during: () => Promise<void>, isEnough = async () => true) {
      const stop = new AbortController()
      const traffic = users.run(stop.signal)
      const done = () => seen.refreshed + seen.registered
      const [refusedBefore, doneBefore] = [seen.later, done()]
      await during()
      const hasEnough = async () => seen.later > refusedBefore && (await isEnough())
      for (const from = performance.now(); ; await sleep(20)) {
        const passedMs = performance.now() - from
        if (passedMs > 60_000 || (passedMs > seconds * 1000 && (await hasEnough()))) break
        await postgres.fill()
        const { status } = await whoami(server.baseUrl, reader?.pair.access_token ?? '')
        verified.count++
        if (status !== 200) verified.wrong.push(status)
      }
      stop.abort()
      await traffic
      return { refused: seen.later - refusedBefore, done: done() - doneBefore }
    }

    let bytes = 0
    const tables = await whileFull(async () => void (bytes = await postgres.fill()))
    const hasPanic = async () => (await postgres.log()).includes('PANIC')
    const log = await whileFull(() => exhaustLog(postgres.url), hasPanic)
    const freed = performance.now()
    await postgres.free()
    while ((await call(`${server.baseUrl}/readyz`)).status !== 200) await sleep(20)
    const readyMs = Math.round(performance.now() - freed)

    const said = (await postgres.log()).split('\n')
    const count = (words: RegExp) => said.filter((line) => words.test(line)).length
    t.comment(
      `${Math.round(bytes / 1e6)} MB filled the disk; ${count(/No space left/)} times Postgres found no room, ` +
        `${count(/PANIC/)} times it crashed for it, ${await postgres.restarts()} times it was started again`,
    )
    t.comment(
      `tables full: ${tables.refused} writes refused, ${tables.done} done where there was room; ` +
        `log full too: ${log.refused} refused, ${log.done} done; ${verified.count} tokens verified; ` +
        `ready ${readyMs} ms after there was room`,
    )
    t.ok(tables.refused > 0 && log.refused > 0 && count(/PANIC/) > 0, 'writes are refused')
    t.same(seen.wrong, [], 'in 503, every one')
    t.same(verified.wrong, [], 'tokens are verified')
    t.same(await users.lost(postgres), [], 'what was acknowledged was done')
    t.ok(await users.everybodyGoesOn(), 'every session goes on')
    t.equal(server.child.exitCode, null, 'in the same process')
  },
)
