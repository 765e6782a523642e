/**
 * Wires the rights of a user over their data (GDPR, articles 15, 17 and 20). This folder owns the export and the deletion of an
 * account. It does not own the audit log that remains (audit/).
 */
import type { AccountStore } from '../accounts/account-store.ts'
import type { Config } from '../config/config.ts'
import type { Database } from '../database/client.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import { createDeleteAccount, type DeleteAccount } from './delete-account.ts'
import { createDeletionStore } from './deletion-store.ts'
import { createExportAccount, type ExportAccount } from './export-account.ts'
import { createExportStore } from './export-store.ts'

type Dependencies = {
  config: Pick<Config, 'publicUrl'>
  database: Database
  accountStore: AccountStore
  outbox: Outbox
  revocations: Pick<RevocationFollower, 'denyUser'>
}

export type Privacy = { readonly deleteAccount: DeleteAccount; readonly exportAccount: ExportAccount }

export function createPrivacy({ config, database, accountStore, outbox, revocations }: Dependencies): Privacy {
  return {
    deleteAccount: createDeleteAccount({
      accounts: accountStore,
      deletions: createDeletionStore(database),
      outbox,
      revocations,
      publicUrl: config.publicUrl,
    }),
    exportAccount: createExportAccount({ exports: createExportStore(database) }),
  }
}
