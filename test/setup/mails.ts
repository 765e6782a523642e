/** Posts mails, and reads and changes the rows of the outbox for tests. */
import { createDeadMailStore } from '../../src/admin/dead-mail-store.ts'
import type { Mail } from '../../src/mail/mail.ts'
import { postMail } from '../../src/mail/mail-store.ts'
import { createOutbox } from '../../src/mail/outbox.ts'
import { newestInForce } from '../../src/secrets/server-secrets.ts'
import { type Node, testSecret } from './node.ts'

type Db = Pick<Node, 'database'>

/** Makes every mail due now, and ends all claims. */
export const makeDue = ({ database }: Db) =>
  database.pool.query(`UPDATE mails SET next_attempt_at = now() - interval '1 minute'`)

export async function mailRows({ database }: Db) {
  const { rows } = await database.pool.query('SELECT * FROM mails ORDER BY id')
  return rows as {
    id: string
    kind: string
    user_id: string | null
    attempts: number
    last_error: string | null
    dead_at: Date | null
    next_attempt_at: Date
    sealed: string
  }[]
}

export const deadMails = (node: Db) => createDeadMailStore(node.database).page(undefined, 1000)

const outbox = createOutbox({ secrets: newestInForce([testSecret]) })

/** Posts mails as a feature does. `about` is the id of their user. */
export async function post({ database }: Db, addresses: readonly string[], about: string | null = null): Promise<void> {
  for (const to of addresses) {
    const mail: Mail = { kind: 'password_changed', to, subject: 'Hello', text: `to ${to}\n`, html: '<p>hello</p>' }
    await postMail(database.prisma, await outbox.seal(mail, about))
  }
}
