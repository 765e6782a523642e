/**
 * Wires the administration. This folder owns what administrators see and change. It does not own the rule that an administrator
 * must remain (accounts/), or the audit log that they read (audit/).
 */
import type { Database } from '../database/client.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import { createAuditListStore } from './audit-list-store.ts'
import { type ChangeUser, createChangeUser } from './change-user.ts'
import { createDeadMailStore } from './dead-mail-store.ts'
import { createEndUserSessions, type EndUserSessions } from './end-user-sessions.ts'
import { createListAudit, type ListAudit } from './list-audit.ts'
import { createListDeadMails, type ListDeadMails } from './list-dead-mails.ts'
import { createListUsers, type ListUsers } from './list-users.ts'
import { createReadUser, type ReadUser } from './read-user.ts'
import { createUserAdminStore } from './user-admin-store.ts'
import { createUserListStore } from './user-list-store.ts'

type Dependencies = { database: Database; revocations: Pick<RevocationFollower, 'denyUser'> }

export type Admin = {
  readonly listUsers: ListUsers
  readonly readUser: ReadUser
  readonly listAudit: ListAudit
  readonly listDeadMails: ListDeadMails
  readonly changeUser: ChangeUser
  readonly endUserSessions: EndUserSessions
}

export function createAdmin({ database, revocations }: Dependencies): Admin {
  const users = createUserAdminStore(database)
  return {
    listUsers: createListUsers({ users: createUserListStore(database) }),
    readUser: createReadUser({ users }),
    listAudit: createListAudit({ events: createAuditListStore(database) }),
    listDeadMails: createListDeadMails({ mails: createDeadMailStore(database) }),
    changeUser: createChangeUser({ users, revocations }),
    endUserSessions: createEndUserSessions({ users, revocations }),
  }
}
