/** One-time passwords by counter (HOTP, RFC 4226) and by time (TOTP, RFC 6238). */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** The seconds of one step (RFC 6238 §4.1). Authenticator apps know no other value well. */
export const stepSeconds = 30

/** The form of the codes. The default is the only one that every authenticator app understands. */
export type CodeForm = { readonly digits: number; readonly algorithm: 'sha1' | 'sha256' | 'sha512' }

const usual: CodeForm = { digits: 6, algorithm: 'sha1' }

/** The step of a time, which is in milliseconds since 1970. */
export const stepAt = (now: number): number => Math.floor(now / (stepSeconds * 1000))

/** The code of a step (RFC 4226 §5.3). */
export function codeOf(secret: Buffer, step: number, { digits, algorithm }: CodeForm = usual): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac(algorithm, secret).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** digits).padStart(digits, '0')
}

type Window = {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Only codes of later steps are accepted: that of the last code that was used. */
  readonly after: number | undefined
}

/**
 * The step that a code belongs to: the present one, or the one before or after it, because clocks differ and users type slowly. Undefined
 * if the code is wrong, or belongs to a step that was used (RFC 6238 §5.2).
 */
export function stepOf(secret: Buffer, code: string, { now, after }: Window): number | undefined {
  const given = Buffer.from(code)
  const present = stepAt(now)
  let found: number | undefined
  // All three are computed, so the time does not tell which of them fits.
  for (const step of [present, present - 1, present + 1]) {
    const expected = Buffer.from(codeOf(secret, step))
    const fits = given.length === expected.length && timingSafeEqual(given, expected)
    if (fits && (after === undefined || step > after)) found ??= step
  }
  return found
}
