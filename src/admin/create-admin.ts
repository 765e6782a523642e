/**
 * Wires the administration. This folder owns what administrators see and change. It does not own the rule that an administrator
 * must remain (accounts/), or the audit log that they read (audit/).
 */
import type { AccountStore } from '../accounts/account-store.ts'
import type { Config } from '../config/config.ts'
import type { Database } from '../database/client.ts'
import type { MailSettings } from '../mail/mail.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { FactorPolicy } from '../signin/policy.ts'
import { createAuditListStore } from './audit-list-store.ts'
import { type ChangeUser, createChangeUser } from './change-user.ts'
import { createDeadMailStore } from './dead-mail-store.ts'
import { createEndUserSessions, type EndUserSessions } from './end-user-sessions.ts'
import { createFactorResetStore } from './factor-resets/factor-reset-store.ts'
import { createFactorResets, type FactorResets } from './factor-resets/reset-factors.ts'
import { createListAudit, type ListAudit } from './list-audit.ts'
import { createListDeadMails, type ListDeadMails } from './list-dead-mails.ts'
import { createListUsers, type ListUsers } from './list-users.ts'
import { createReadUser, type ReadUser } from './read-user.ts'
import { createUserAdminStore } from './user-admin-store.ts'
import { createUserListStore } from './user-list-store.ts'

type Dependencies = {
  config: Pick<Config, 'adminResetNeedsTwo'>
  database: Database
  accountStore: AccountStore
  revocations: Pick<RevocationFollower, 'denyUser'>
  policy: Pick<FactorPolicy, 'requires'>
  outbox: Outbox
  mailSettings: MailSettings
}

export type Admin = {
  readonly listUsers: ListUsers
  readonly readUser: ReadUser
  readonly listAudit: ListAudit
  readonly listDeadMails: ListDeadMails
  readonly changeUser: ChangeUser
  readonly endUserSessions: EndUserSessions
  readonly factorResets: FactorResets
}

export function createAdmin(dependencies: Dependencies): Admin {
  const { config, database, accountStore: accounts, revocations, policy, outbox, mailSettings } = dependencies
  const users = createUserAdminStore(database)
  return {
    listUsers: createListUsers({ users: createUserListStore(database), policy }),
    readUser: createReadUser({ users, policy }),
    listAudit: createListAudit({ events: createAuditListStore(database) }),
    listDeadMails: createListDeadMails({ mails: createDeadMailStore(database) }),
    changeUser: createChangeUser({ users, revocations, policy }),
    endUserSessions: createEndUserSessions({ users, revocations }),
    factorResets: createFactorResets({
      accounts,
      store: createFactorResetStore(database),
      outbox,
      mailSettings,
      revocations,
      needsTwo: config.adminResetNeedsTwo,
    }),
  }
}
