/** The routes of all factors, by the sign-in that they need. Each factor has its own file. */
import type { TokenTransport } from '../http/browser/token-transport.ts'
import type { App } from '../http/server.ts'
import { codeRoutes } from './codes/routes.ts'
import type { Factors } from './create-factors.ts'
import { emailReauthenticationRoutes, emailSignInRoutes } from './email-codes/routes.ts'
import { factorListRoutes, factorRemovalRoutes } from './manage/routes.ts'
import { passkeyEnrolmentRoutes, passkeyRoutes } from './passkeys/routes.ts'
import { passkeyReauthenticationRoutes, passkeySignInRoutes } from './passkeys/sign-in/routes.ts'
import { recoveryCodeRoutes } from './recovery-codes/routes.ts'
import { totpEnrolmentRoutes, totpRoutes } from './totp/routes.ts'

type Dependencies = { transport: TokenTransport; factors: Factors }

/** For requests without a sign-in. */
export function factorSignInRoutes(app: App, { transport, factors }: Dependencies): void {
  const { usePasskey, enrolPasskey } = factors.passkeys
  codeRoutes(app, { transport, loginFactor: factors.loginFactor, emailSignIn: factors.emailSignIn })
  totpEnrolmentRoutes(app, { transport, totpAtSignin: factors.totpAtSignin })
  emailSignInRoutes(app, { transport, emailSignIn: factors.emailSignIn })
  passkeySignInRoutes(app, { transport, usePasskey })
  passkeyEnrolmentRoutes(app, { transport, enrolPasskey })
}

/** For signed-in users. */
export function factorRoutes(app: App, { transport, factors }: Dependencies): void {
  emailReauthenticationRoutes(app, { transport, emailSignIn: factors.emailSignIn })
  factorListRoutes(app, { manageFactors: factors.manageFactors })
  passkeyReauthenticationRoutes(app, { usePasskey: factors.passkeys.usePasskey })
}

/** For signed-in users with a recent sign-in. */
export function factorChangeRoutes(app: App, { factors }: Pick<Dependencies, 'factors'>): void {
  const { manageFactors, renewRecoveryCodes, totpInSession } = factors
  factorRemovalRoutes(app, { manageFactors })
  recoveryCodeRoutes(app, { renewRecoveryCodes })
  totpRoutes(app, { totpInSession })
  passkeyRoutes(app, { addPasskey: factors.passkeys.addPasskey })
}
