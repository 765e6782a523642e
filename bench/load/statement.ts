/** The statement that rotates a session. It is recorded from the session store, so that it is always the same. */
import { createSessionStore } from '../../src/sessions/session-store.ts'

/** The text. $1 to $5 are the session, the hash of the current token, the hash and the salt of the next one, and the seconds until the session expires. */
export async function rotateStatement(): Promise<string> {
  let text = ''
  const [sessionId, hash, nextHash, salt, idleSeconds] = ['', Buffer.of(1), Buffer.of(2), Buffer.of(3), 60] as const
  const ours: unknown[] = [sessionId, hash, nextHash, salt, idleSeconds]
  const pool = {
    query: async (query: { text: string; values: unknown[] }) => {
      // The store numbers its values in another order. A second statement follows, because this one finds no row.
      text ||= query.text.replace(/\$(\d+)/g, (_, n: string) => `$${ours.indexOf(query.values[Number(n) - 1]) + 1}`)
      return { rows: [] }
    },
  }
  const context = { ip: '', userAgent: undefined, requestId: '' }
  const rest = {
    generation: 0,
    candidate: { hash: nextHash, salt },
    lives: { idleSeconds, browserSeconds: idleSeconds },
    context,
  }
  // A rotation calls only this method of the database.
  const store = createSessionStore({ pool } as unknown as Parameters<typeof createSessionStore>[0], {
    leewaySeconds: 10,
    forkSeconds: 60,
  })
  await store.rotate({ sessionId, hash, ...rest })
  return text
}
