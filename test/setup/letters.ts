/** Reads the mails in the outbox without sending them. */

import type { Mail, MailKind } from '../../src/mail/mail.ts'
import { createOutbox } from '../../src/mail/outbox.ts'
import { createBox } from '../../src/secrets/box.ts'
import { type Node, testSecret } from './node.ts'

const outbox = createOutbox({ box: createBox([testSecret], 'mail-outbox'), secretInForce: () => 0 })

/** The mails to an address, the newest first. */
export async function lettersTo({ database }: Pick<Node, 'database'>, address: string): Promise<Mail[]> {
  const { rows } = await database.pool.query('SELECT kind, sealed FROM mails ORDER BY created_at DESC, id DESC')
  const opened = await Promise.all(rows.map((row: { kind: MailKind; sealed: string }) => outbox.open(row)))
  return opened.filter((mail) => mail !== undefined).filter(({ to }) => to === address)
}

/** The token of the newest link to an address. */
export async function linkTo(node: Pick<Node, 'database'>, address: string): Promise<string> {
  for (const { text } of await lettersTo(node, address)) {
    const token = /#token=([A-Za-z0-9_-]{43})/.exec(text)?.[1]
    if (token !== undefined) return token
  }
  throw new Error(`no link was sent to ${address}`)
}
