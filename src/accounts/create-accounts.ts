/**
 * Wires the accounts. This folder owns the row of the user and the profile. It does not own passwords (passwords/), email
 * addresses (email-addresses/), or how an account begins (registration/) and ends (privacy/).
 */
import type { Database } from '../database/client.ts'
import { type AccountStore, createAccountStore } from './account-store.ts'
import { createProfile, type Profile } from './profile.ts'

export type Accounts = { readonly accountStore: AccountStore; readonly profile: Profile }

export function createAccounts({ database }: { database: Database }): Accounts {
  const accountStore = createAccountStore(database)
  return { accountStore, profile: createProfile({ accounts: accountStore }) }
}
