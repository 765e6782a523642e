/** @countersign/client and this server, as a process that can be killed. */
/// <reference lib="dom" />
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import type * as Library from '../../../packages/client/src/index.ts'
import { connect, createDatabase } from '../../setup/database.ts'
import { launch, startServer, testSettings } from '../../setup/server-process.ts'
import type { Adapter } from './adapter.ts'

type Kind = 'cookies' | 'indexedDbStorage' | 'localStorageStorage'

export const countersign = (kind: Kind): Adapter => ({
  name: `@countersign/client, ${kind === 'cookies' ? 'cookie mode' : `bearer mode, ${kind === 'indexedDbStorage' ? 'IndexedDB' : 'localStorage'}`}`,
  tokenMs: 5000,

  async start(t, origin, appOrigin) {
    const { url, drop } = await createDatabase()
    const database = connect(url)
    const env = { DATABASE_URL: url, PUBLIC_URL: origin, SPA_ORIGINS: appOrigin, ACCESS_TOKEN_SECONDS: '5' }
    let server = await startServer(env)
    const end = async (signal: NodeJS.Signals) => {
      server.child.kill(signal)
      await server.exited
    }
    const replace = async (signal: NodeJS.Signals) => {
      await end(signal)
      server = await startServer(env)
    }
    t.teardown(async () => {
      await end('SIGKILL')
      await database.close()
      await drop()
    })
    return {
      address: () => server.baseUrl,
      kill: () => replace('SIGKILL'),
      restart: () => replace('SIGTERM'),
      async rotateKeys() {
        const { exited, output } = launch({ ...testSettings, ...env }, 'src/main.ts', 'keys', 'rotate')
        if ((await exited) !== 0) throw new Error(output())
      },
      rotations: async () =>
        (await database.pool.query('SELECT coalesce(sum(generation), 0)::int AS sum FROM sessions')).rows[0].sum,
      endSession: async () => void (await database.pool.query('UPDATE sessions SET revoked_at = now()')),
    }
  },

  async readScript(path) {
    return stripTypeScriptTypes(await readFile(join('packages/client/src', path), 'utf8'))
  },

  isRefresh: (method, url) => method === 'POST' && url === '/auth/refresh',

  open: (page, origin) =>
    page.evaluate(
      async ([baseUrl, storage]) => {
        const { createClient, ...library } = (await import(
          new URL('/client/index.ts', location.href).href
        )) as typeof Library
        const client = createClient({
          baseUrl,
          ...(storage === 'cookies' ? { mode: 'cookie' } : { mode: 'bearer', storage: library[storage]() }),
        })
        client.onChange(({ type }) => {
          if (type === 'signed_out') window.reportSignOut()
        })
        window.storm = {
          async signIn() {
            const account = { email: 'ada@example.com', password: 'correct horse battery staple' }
            await client.register(account).catch(() => client.signIn(account))
          },
          async ask() {
            try {
              const answer = await client.fetch(`${baseUrl}/auth/whoami`)
              await answer.text()
              return answer.ok ? 'ok' : answer.status < 500 ? 'refused' : 'no answer'
            } catch {
              return 'no answer'
            }
          },
          isSignedIn: () => client.state().status === 'signed_in',
        }
        await client.session().catch(() => {})
      },
      [origin, kind] as const,
    ),
})
