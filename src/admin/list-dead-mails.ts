/** Lists the mails that could not be delivered, for an administrator. */
import { z } from 'zod'
import { createCursors, cutPage } from '../http/cursor.ts'
import type { DeadMailStore } from './dead-mail-store.ts'
import { type MailPage, type MailQuery, toDeadMail } from './wire.ts'

const cursors = createCursors('mails', z.strictObject({ id: z.uuid(), at: z.int().min(0).max(8_000_000_000_000) }))

/** A page of mails, the newest first. Ends in `invalid_request` if the cursor is not of this list. */
export type ListDeadMails = (query: MailQuery) => Promise<MailPage>

export function createListDeadMails({ mails }: { mails: DeadMailStore }): ListDeadMails {
  return async function listDeadMails({ cursor, limit }) {
    const position = cursors.read(cursor)
    const after = position && { id: position.id, deadAt: new Date(position.at) }
    const { page, last } = cutPage(await mails.page(after, limit + 1), limit)
    const next = last && cursors.write({ id: last.id, at: last.deadAt.getTime() })
    return { mails: page.map(toDeadMail), next_cursor: next ?? null }
  }
}
