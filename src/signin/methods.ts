/**
 * The methods by which users prove who they are, as `amr` lists them (RFC 8176): `pwd` a password, `email` a code or a link in a mail, `otp` a
 * code of an authenticator app or a recovery code, `hwk` a passkey that stays on its device, `swk` a passkey that is synced, and `mfa`
 * if two factors were proven.
 */

// Whoever reads the mails can set a new password, so these two are one factor.
const bases: ReadonlySet<string> = new Set(['pwd', 'email'])
const possessions: ReadonlySet<string> = new Set(['otp', 'hwk', 'swk'])

/** Whether the methods include something that the user has: a code of an app, a recovery code, or a passkey. */
export const includesPossession = (amr: readonly string[]): boolean => amr.some((method) => possessions.has(method))

/** Whether the methods are two factors. A passkey that verified its user brings `mfa` by itself. */
export const isTwoFactors = (amr: readonly string[]): boolean => amr.includes('mfa')

/** Whether a session may begin with these methods: a possession alone is not enough, unless it verified its user. */
export const mayBegin = (amr: readonly string[]): boolean =>
  isTwoFactors(amr) || amr.some((method) => bases.has(method))

/** The methods of both lists, each once, and `mfa` at the end if they are two factors. */
export function joinMethods(before: readonly string[], proven: readonly string[]): readonly string[] {
  const all = new Set([...before, ...proven])
  const held = [...all].filter((method) => possessions.has(method)).length
  const hasBase = [...all].some((method) => bases.has(method))
  const two = all.delete('mfa') || held > 1 || (held > 0 && hasBase)
  return two ? [...all, 'mfa'] : [...all]
}
