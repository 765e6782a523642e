/** Searches users for an administrator, page by page. */
import { z } from 'zod'
import { emailPrefix, longestEmailKey } from '../email-addresses/email.ts'
import { createCursors, cutPage } from '../http/cursor.ts'
import { text } from '../http/text.ts'
import type { FactorPolicy } from '../signin/policy.ts'
import type { UserListStore } from './user-list-store.ts'
import { toManagedUser, type UserPage, type UserQuery } from './wire.ts'

// The key is the value by which the list is sorted. The longest key is that of an address.
const position = z.strictObject({ id: z.uuid(), key: text(longestEmailKey).optional() })
const lists = {
  newest: createCursors('users', position),
  byEmail: createCursors('users-by-email', position),
  byName: createCursors('users-by-name', position),
}

const toBoolean = (flag: 'true' | 'false' | undefined) => (flag === undefined ? undefined : flag === 'true')

/** A page of users. Ends in `invalid_request` if the cursor is not of this list. */
export type ListUsers = (query: UserQuery) => Promise<UserPage>

export function createListUsers({
  users,
  policy,
}: {
  users: UserListStore
  policy: Pick<FactorPolicy, 'requires'>
}): ListUsers {
  return async function listUsers({ email, name, role, limit, ...query }) {
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
    return { users: page.map((user) => toManagedUser(user, policy)), next_cursor: next ?? null }
  }
}
