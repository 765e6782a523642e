/** Finds people for an administrator, a page at a time. */
import { z } from 'zod'
import { emailPrefix, longestEmailKey } from '../email-addresses/email.ts'
import { text } from '../http/text.ts'
import { createCursors, cutPage } from './cursor.ts'
import type { UserListStore } from './user-list-store.ts'
import { toManagedUser, type UserPage, type UserQuery } from './wire.ts'

// The key is what the list is ordered by: the longest is that of an address.
const place = z.strictObject({ id: z.uuid(), key: text(longestEmailKey).optional() })
const lists = {
  newest: createCursors('users', place),
  byEmail: createCursors('users-by-email', place),
  byName: createCursors('users-by-name', place),
}

const toBoolean = (flag: 'true' | 'false' | undefined) => (flag === undefined ? undefined : flag === 'true')

/** Ends in `invalid_request` where the cursor is not of this list. */
export function createListUsers({ users }: { users: UserListStore }) {
  return async function listUsers({ email, name, role, limit, ...query }: UserQuery): Promise<UserPage> {
    const filter = {
      emailPrefix: email === undefined ? undefined : emailPrefix(email),
      namePrefix: name,
      role,
      disabled: toBoolean(query.disabled),
      verified: toBoolean(query.verified),
    }
    const cursors = lists[email !== undefined ? 'byEmail' : name !== undefined ? 'byName' : 'newest']
    const { page, last } = cutPage(await users.page(filter, cursors.read(query.cursor), limit + 1), limit)
    const next = last && cursors.write({ id: last.id, ...(last.key === null ? {} : { key: last.key }) })
    return { users: page.map(toManagedUser), next_cursor: next ?? null }
  }
}

export type ListUsers = ReturnType<typeof createListUsers>
