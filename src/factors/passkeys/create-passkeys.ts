/** Wires the passkeys. */
import type { AccountStore } from '../../accounts/account-store.ts'
import type { AuditStore } from '../../audit/audit-store.ts'
import type { Config } from '../../config/config.ts'
import type { Database } from '../../database/client.ts'
import type { Outbox } from '../../mail/outbox.ts'
import type { RevocationFollower } from '../../revocations/follow-revocations.ts'
import type { ServerSecrets } from '../../secrets/server-secrets.ts'
import type { Signin } from '../../signin/create-signin.ts'
import type { FactorMails } from '../factor-mails.ts'
import type { OpenEnrolment } from '../open-enrolment.ts'
import { type AddPasskey, createAddPasskey } from './add-passkey.ts'
import { createChallenges } from './challenge.ts'
import { createCheckPasskey } from './check-passkey.ts'
import { createEnrolPasskey, type EnrolPasskey } from './enrol-passkey.ts'
import { createPasskeyAddingStore } from './passkey-adding-store.ts'
import { createPasskeyStore } from './passkey-store.ts'
import type { RelyingParty } from './relying-party.ts'
import { createUsePasskey, type UsePasskey } from './use-passkey.ts'
import { createWebauthn, type Webauthn } from './webauthn.ts'

type Dependencies = {
  config: Pick<Config, 'signup'>
  database: Database
  accountStore: AccountStore
  signin: Pick<Signin, 'attempts' | 'advance'>
  relyingParty: RelyingParty
  openEnrolment: OpenEnrolment
  outbox: Outbox
  mails: FactorMails
  audit: AuditStore
  revocations: Pick<RevocationFollower, 'denyUser'>
  secrets: ServerSecrets
  /** Milliseconds since 1970, never backwards. */
  clock: () => number
}

export type Passkeys = {
  readonly addPasskey: AddPasskey
  readonly enrolPasskey: EnrolPasskey
  readonly usePasskey: UsePasskey
  /** For accounts that begin with a passkey. */
  readonly webauthn: Webauthn
}

export function createPasskeys(dependencies: Dependencies): Passkeys {
  const { config, database, accountStore: accounts, signin, outbox, mails, audit, revocations } = dependencies
  const { relyingParty, openEnrolment, secrets, clock } = dependencies
  const { attempts, advance } = signin
  const challenges = createChallenges(secrets, clock)
  const webauthn = createWebauthn({ relyingParty, challenges })
  const passkeys = createPasskeyStore(database)
  const verifiedOnly = config.signup === 'verified'
  const checkPasskey = createCheckPasskey({ passkeys, webauthn, audit, verifiedOnly })
  const addPasskey = createAddPasskey({
    accounts,
    passkeys,
    adding: createPasskeyAddingStore(database),
    webauthn,
    outbox,
    mails,
    revocations,
  })
  return {
    addPasskey,
    enrolPasskey: createEnrolPasskey({ openEnrolment, addPasskey }),
    webauthn,
    usePasskey: createUsePasskey({ passkeys, webauthn, checkPasskey, attempts, advance }),
  }
}
