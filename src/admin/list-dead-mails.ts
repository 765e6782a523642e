/** Shows an administrator which letters could not be delivered. */
import { z } from 'zod'
import { createCursors, cutPage } from './cursor.ts'
import type { DeadMailStore } from './dead-mail-store.ts'
import { type MailPage, type MailQuery, toDeadMail } from './wire.ts'

const cursors = createCursors('mails', z.strictObject({ id: z.uuid(), at: z.int().min(0).max(8_000_000_000_000) }))

/** The newest first. Ends in `invalid_request` where the cursor is not of this list. */
export function createListDeadMails({ mails }: { mails: DeadMailStore }) {
  return async function listDeadMails({ cursor, limit }: MailQuery): Promise<MailPage> {
    const place = cursors.read(cursor)
    const after = place && { id: place.id, deadAt: new Date(place.at) }
    const { page, last } = cutPage(await mails.page(after, limit + 1), limit)
    const next = last && cursors.write({ id: last.id, at: last.deadAt.getTime() })
    return { mails: page.map(toDeadMail), next_cursor: next ?? null }
  }
}

export type ListDeadMails = ReturnType<typeof createListDeadMails>
