/**
 * Pages of people, as administrators look for them. Every page is a range of one index, read from where the page before
 * ended, so that the thousandth costs what the first one costs.
 */
import type { Database } from '../database/client.ts'
import type { User } from '../database/generated/client.ts'

/** What an administrator may see of an account, which is never the password's hash. */
export type ListedUser = Omit<User, 'passwordHash' | 'tokenVersion'>

export type UserFilter = {
  /** As `emailPrefix` makes it. */
  readonly emailPrefix?: string | undefined
  readonly namePrefix?: string | undefined
  readonly disabled?: boolean | undefined
  readonly verified?: boolean | undefined
  readonly role?: string | undefined
}
/** The last row of the page before: its id, and what the list is ordered by besides. */
export type UserPlace = { readonly id: string; readonly key?: string | undefined }
export type UserRow = ListedUser & { readonly key: string | null }

const columns = `id, email, email_key AS "emailKey", name, roles, email_verified_at AS "emailVerifiedAt",
  disabled_at AS "disabledAt", created_at AS "createdAt", updated_at AS "updatedAt"`

// Behind every character that can follow a prefix.
const last = '\u{10FFFF}'

/** A statement being written: its conditions, and the values they speak of. */
function createConditions() {
  const list: string[] = []
  const values: unknown[] = []
  const value = (given: unknown, type = 'text') => `$${values.push(given)}::${type}`
  return { list, values, value }
}

/**
 * The operators of text_pattern_ops compare bytes, as the index does, in a database of any collation. Where a role is looked
 * for, the order is one that no index has: Postgres does not know how rare a role is, and would read a million people in
 * order to find three. So it looks up those who have the role, and sorts them.
 */
function search({ emailPrefix, namePrefix, role }: UserFilter, after: UserPlace | undefined) {
  const unindexed = role === undefined ? '' : " || ''"
  const { list, values, value } = createConditions()
  if (emailPrefix !== undefined) {
    list.push(`email_key ~>=~ ${value(emailPrefix)}`, `email_key ~<=~ ${value(emailPrefix + last)}`)
    if (after) list.push(`email_key ~>~ ${value(after.key)}`)
    return { list, values, value, key: 'email_key', order: `(email_key${unindexed}) USING ~<~` }
  }
  if (namePrefix !== undefined) {
    list.push('name IS NOT NULL', `lower(name) ~>=~ lower(${value(namePrefix)})`)
    list.push(`lower(name) ~<=~ (lower(${value(namePrefix)}) || ${value(last)})`)
    if (after) {
      const [key, id] = [value(after.key), value(after.id, 'uuid')]
      list.push(`lower(name) ~>=~ ${key}`, `(lower(name) ~>~ ${key} OR id > ${id})`)
    }
    return { list, values, value, key: 'lower(name)', order: `(lower(name)${unindexed}) USING ~<~, id` }
  }
  if (after) list.push(`id < ${value(after.id, 'uuid')}`)
  return { list, values, value, key: 'NULL', order: role === undefined ? 'id DESC' : `id::text COLLATE "C" DESC` }
}

export function createUserListStore({ pool }: Database) {
  return {
    /** Those who pass the filter, from behind the place on: by address or name where one is looked for, else newest first. */
    async page(filter: UserFilter, after: UserPlace | undefined, rows: number): Promise<readonly UserRow[]> {
      const { list, values, value, key, order } = search(filter, after)
      if (filter.disabled !== undefined) list.push(`disabled_at IS ${filter.disabled ? 'NOT ' : ''}NULL`)
      if (filter.verified !== undefined) list.push(`email_verified_at IS ${filter.verified ? 'NOT ' : ''}NULL`)
      if (filter.role !== undefined) list.push(`roles @> ARRAY[${value(filter.role)}]`)
      const where = list.length > 0 ? `WHERE ${list.join(' AND ')}` : ''
      const text = `SELECT ${columns}, ${key} AS key FROM users ${where} ORDER BY ${order} LIMIT ${value(rows, 'int')}`
      return (await pool.query<UserRow>(text, values)).rows
    },
  }
}

export type UserListStore = ReturnType<typeof createUserListStore>
