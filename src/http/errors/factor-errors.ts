/** The part of the catalogue of errors that is about factors and sign-in attempts. */

export const factorErrors = {
  wrong_number: {
    status: 400,
    retryable: false,
    detail: 'This is not the number that the other device shows.',
    meaning: 'The number does not belong to the sign-in of the link. The third wrong number ends the link.',
  },
  invalid_passkey: {
    status: 400,
    retryable: false,
    detail: 'This passkey could not be added. Try again.',
    meaning: 'The new credential is malformed, or its authenticator did not do what the options asked for.',
  },
  invalid_factor: {
    status: 401,
    retryable: false,
    detail:
      'This could not be verified, or it was used already. Try again, and wait for the next code if there is one.',
    meaning: 'The code or the passkey of a second factor is wrong, or it was used before. The sign-in goes on.',
  },
  attempt_ended: {
    status: 401,
    retryable: false,
    detail: 'This sign-in has ended. Sign in again.',
    meaning:
      'The `attempt` is unknown, is older than ten minutes, was tried five times, or belongs to another browser or mode. Or the account was ' +
      'changed since the sign-in began.',
  },
  invalid_challenge: {
    status: 401,
    retryable: false,
    detail: 'This took too long, or it was done already. Try again.',
    meaning:
      'The challenge of the passkey has expired or was used, or it was made for another session, attempt or purpose. Ask for new options.',
  },
  unknown_passkey: {
    status: 401,
    retryable: false,
    detail: 'This passkey is not known here. It may have been removed.',
    meaning:
      'No account has this credential. `PublicKeyCredential.signalUnknownCredential` lets the browser forget it.',
  },
  passkey_origin_refused: {
    status: 403,
    retryable: false,
    detail: 'This page may not use passkeys here.',
    meaning:
      'The passkey was used on a page or in an app that `PASSKEY_ORIGINS` does not have, for another domain than `PASSKEY_DOMAIN`, or in a frame of another origin.',
  },
  last_factor: {
    status: 409,
    retryable: false,
    detail: 'Your account needs a second factor. Add another one before you remove this one.',
    meaning: 'The settings require a second factor of this user, and this is the last one.',
  },
  no_factor: {
    status: 409,
    retryable: false,
    detail: 'Add an authenticator app or a passkey first.',
    meaning: 'The user has no second factor that recovery codes could replace.',
  },
  too_many_apps: {
    status: 409,
    retryable: false,
    detail: 'You have as many authenticator apps as you may. Remove one first.',
    meaning: 'A user may have three authenticator apps.',
  },
  approval_pending: {
    status: 409,
    retryable: true,
    detail: 'Open the link in the mail, and approve the sign-in there.',
    meaning:
      'The user has not approved the sign-in by mail yet. Send the same request again after `Retry-After`. It counts no try.',
  },
  mail_not_enough: {
    status: 409,
    retryable: false,
    detail: 'Sign in again in another way.',
    meaning:
      'A code by mail does not let this user sign in again: they have no email, or a second factor that they must use.',
  },
  passkey_exists: {
    status: 409,
    retryable: false,
    detail: 'This passkey has been added already.',
  },
  too_many_passkeys: {
    status: 409,
    retryable: false,
    detail: 'You have as many passkeys as you may. Remove one first.',
    meaning: 'A user may have 20 passkeys.',
  },
} as const
