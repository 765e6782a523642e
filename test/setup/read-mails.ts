/** Reads the mails in the outbox without sending them. */

import type { Mail, MailKind } from '../../src/mail/mail.ts'
import { createOutbox } from '../../src/mail/outbox.ts'
import { newestInForce } from '../../src/secrets/server-secrets.ts'
import { type Node, testSecret } from './node.ts'

const outbox = createOutbox({ secrets: newestInForce([testSecret]) })

/** The mails to an address, the newest first. */
export async function mailsTo({ database }: Pick<Node, 'database'>, address: string): Promise<Mail[]> {
  const { rows } = await database.pool.query('SELECT kind, sealed FROM mails ORDER BY created_at DESC, id DESC')
  const opened = await Promise.all(rows.map((row: { kind: MailKind; sealed: string }) => outbox.open(row)))
  return opened.filter((mail) => mail !== undefined).filter(({ to }) => to === address)
}

/** The token of the newest link to an address. */
export async function linkTo(node: Pick<Node, 'database'>, address: string): Promise<string> {
  for (const { text } of await mailsTo(node, address)) {
    const token = /#token=([A-Za-z0-9_-]{43})/.exec(text)?.[1]
    if (token !== undefined) return token
  }
  throw new Error(`no link was sent to ${address}`)
}

/** The code in the newest mail to the address. It stands on a line of its own. */
export async function codeTo(node: Pick<Node, 'database'>, email: string): Promise<string> {
  const code = /^\d{6}$/m.exec((await mailsTo(node, email))[0]?.text ?? '')?.[0]
  if (code === undefined) throw new Error(`the newest mail to ${email} has no code`)
  return code
}
