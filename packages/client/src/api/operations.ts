/** The calls of the API: method, path, whether they need no access token, and whether they may sign in. npm run openapi makes this file from openapi.yaml. Do not edit it. */

import type { Api } from './types.ts'

export const operations: {
  readonly [name in keyof Api]: readonly [
    method: string,
    path: string,
    isPublic: boolean,
    signsIn?: 'session' | 'device',
  ]
} = {
  verifyEmail: ['POST', '/auth/email/verify', true],
  resendVerification: ['POST', '/auth/email/resend', true],
  requestEmailSignIn: ['POST', '/auth/login/email', true, 'session'],
  signInWithFactor: ['POST', '/auth/login/factor', true, 'device'],
  enrolTotp: ['POST', '/auth/login/enrolment/totp', true],
  confirmEnrolledTotp: ['POST', '/auth/login/enrolment/totp/confirm', true, 'device'],
  passkeySignInOptions: ['POST', '/auth/login/passkey/options', true],
  signInWithPasskey: ['POST', '/auth/login/passkey', true, 'device'],
  enrolPasskeyOptions: ['POST', '/auth/login/enrolment/passkeys/options', true],
  enrolPasskey: ['POST', '/auth/login/enrolment/passkeys', true, 'session'],
  reauthenticate: ['POST', '/auth/reauthenticate', false, 'session'],
  passkeyReauthenticationOptions: ['POST', '/auth/reauthenticate/passkey/options', false],
  whoami: ['GET', '/auth/whoami', false],
  listSessions: ['GET', '/auth/sessions', false],
  endSessions: ['DELETE', '/auth/sessions', false],
  endSession: ['DELETE', '/auth/sessions/{id}', false],
  getMe: ['GET', '/auth/me', false],
  updateMe: ['PATCH', '/auth/me', false],
  deleteMe: ['DELETE', '/auth/me', false],
  changeEmail: ['POST', '/auth/email/change', false],
  exportMe: ['GET', '/auth/me/export', false],
  forgotPassword: ['POST', '/auth/password/forgot', true],
  resetPassword: ['POST', '/auth/password/reset', true],
  changePassword: ['POST', '/auth/password', false, 'session'],
  listTrustedDevices: ['GET', '/auth/trusted-devices', false],
  endTrustedDevices: ['DELETE', '/auth/trusted-devices', false],
  endTrustedDevice: ['DELETE', '/auth/trusted-devices/{id}', false],
  listFactors: ['GET', '/auth/factors', false],
  renameFactor: ['PATCH', '/auth/factors/{id}', false],
  removeFactor: ['DELETE', '/auth/factors/{id}', false],
  createRecoveryCodes: ['POST', '/auth/factors/recovery-codes', false],
  beginTotp: ['POST', '/auth/factors/totp', false],
  confirmTotp: ['POST', '/auth/factors/totp/confirm', false],
  createPasskeyOptions: ['POST', '/auth/factors/passkeys/options', false],
  addPasskey: ['POST', '/auth/factors/passkeys', false],
}
