/** The statement that rotates a session, as our session store sends it: overheard, so that it is the same by construction. */
import { createSessionStore } from '../../src/sessions/session-store.ts'

/** Its text, with $1 to $5: the session, the hash of the head, the next one's, its salt, and seconds until it ends. */
export async function rotateStatement(): Promise<string> {
  let text = ''
  const pool = {
    query: async (query: { text: string }) => {
      // Where no row is the answer, another statement follows.
      text ||= query.text
      return { rows: [] }
    },
  }
  const none = Buffer.alloc(0)
  const context = { ip: '', userAgent: undefined, requestId: '' }
  const candidate = { hash: none, salt: none }
  const rest = { generation: 0, candidate, leewaySeconds: 10, idleSeconds: 60, context }
  // Of a whole database, this takes the one method that a rotation calls.
  const store = createSessionStore({ pool } as unknown as Parameters<typeof createSessionStore>[0])
  await store.rotate({ sessionId: '', hash: none, ...rest })
  return text
}
