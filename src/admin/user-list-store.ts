/**
 * Pages of users, as administrators search for them. Every page is a range of one index that begins where the page before ended, so the
 * thousandth page costs as much as the first.
 */
import type { Database } from '../database/client.ts'
import type { User } from '../database/generated/client.ts'
import { type Fragment, sql, toQuery } from '../database/sql.ts'

/** What administrators may see of an account. The password hash is not part of it. */
export type ListedUser = Omit<User, 'passwordHash' | 'passwordRenewals' | 'credentialVersion' | 'tokenVersion'>

export type UserFilter = {
  /** As `emailPrefix` makes it. */
  readonly emailPrefix?: string | undefined
  readonly namePrefix?: string | undefined
  readonly disabled?: boolean | undefined
  readonly verified?: boolean | undefined
  readonly role?: string | undefined
}
/** The last row of the page before: its id, and the value by which the list is sorted. */
export type UserPosition = { readonly id: string; readonly key?: string | undefined }
export type UserRow = ListedUser & { readonly key: string | null }

export type UserListStore = {
  /** The users that match the filter, after a position. Sorted by address or name if one is searched for, else the newest first. */
  readonly page: (filter: UserFilter, after: UserPosition | undefined, rows: number) => Promise<readonly UserRow[]>
}

const columns = sql`id, email, email_key AS "emailKey", name, roles, email_verified_at AS "emailVerifiedAt",
  factor_kinds AS "factorKinds", disabled_at AS "disabledAt", created_at AS "createdAt", updated_at AS "updatedAt"`

// This character sorts after every character that can follow a prefix.
const last = '\u{10FFFF}'

type Search = { readonly conditions: readonly Fragment[]; readonly key: Fragment; readonly order: Fragment }

// Postgres does not know how rare a role is. It would read a million users in order to find three. With an expression that no index
// has, it looks up the users of the role and sorts them.
const unindexed = ({ role }: UserFilter) => (role === undefined ? sql`` : sql` || ''`)

const byEmail = (filter: UserFilter, prefix: string, after: UserPosition | undefined): Search => ({
  conditions: [
    sql`email_key ~>=~ ${prefix}::text`,
    sql`email_key ~<=~ ${prefix + last}::text`,
    ...(after ? [sql`email_key ~>~ ${after.key}::text`] : []),
  ],
  key: sql`email_key`,
  order: sql`(email_key${unindexed(filter)}) USING ~<~`,
})

const byName = (filter: UserFilter, prefix: string, after: UserPosition | undefined): Search => ({
  conditions: [
    sql`name IS NOT NULL`,
    sql`lower(name) ~>=~ lower(${prefix}::text)`,
    sql`lower(name) ~<=~ (lower(${prefix}::text) || ${last}::text)`,
    ...(after
      ? [sql`lower(name) ~>=~ ${after.key}::text`, sql`(lower(name) ~>~ ${after.key}::text OR id > ${after.id}::uuid)`]
      : []),
  ],
  key: sql`lower(name)`,
  order: sql`(lower(name)${unindexed(filter)}) USING ~<~, id`,
})

const byAge = ({ role }: UserFilter, after: UserPosition | undefined): Search => ({
  conditions: after ? [sql`id < ${after.id}::uuid`] : [],
  key: sql`NULL`,
  order: role === undefined ? sql`id DESC` : sql`id::text COLLATE "C" DESC`,
})

// The operators of text_pattern_ops compare bytes, as the index does, in a database of any collation.
function search(filter: UserFilter, after: UserPosition | undefined): Search {
  if (filter.emailPrefix !== undefined) return byEmail(filter, filter.emailPrefix, after)
  if (filter.namePrefix !== undefined) return byName(filter, filter.namePrefix, after)
  return byAge(filter, after)
}

const isSet = (column: Fragment, set: boolean | undefined): readonly Fragment[] =>
  set === undefined ? [] : [set ? sql`${column} IS NOT NULL` : sql`${column} IS NULL`]

export function createUserListStore({ pool }: Pick<Database, 'pool'>): UserListStore {
  return {
    async page(filter, after, rows) {
      const { conditions, key, order } = search(filter, after)
      const all = [
        ...conditions,
        ...isSet(sql`disabled_at`, filter.disabled),
        ...isSet(sql`email_verified_at`, filter.verified),
        ...(filter.role === undefined ? [] : [sql`roles @> ARRAY[${filter.role}::text]`]),
      ]
      const where = all.length > 0 ? sql`WHERE ${sql.join(all, sql` AND `)}` : sql``
      const query = sql`SELECT ${columns}, ${key} AS key FROM users ${where} ORDER BY ${order} LIMIT ${rows}::int`
      return (await pool.query<UserRow>(toQuery(query))).rows
    },
  }
}
