/** The parts of a JWT in the compact form (RFC 7515 §7.1). */
import { base64urlToText } from '../../../src/tokens/base64url.ts'

const toUtf8 = new TextEncoder()

/** The bytes that are signed, and the signature as it is written. */
export function signedPart(token: string): { input: Uint8Array<ArrayBuffer>; signature: string } {
  const end = token.lastIndexOf('.')
  return { input: toUtf8.encode(token.slice(0, end)), signature: token.slice(end + 1) }
}

/** The payload, as parsed JSON. Throws if it is none. */
export const payloadOf = (token: string): unknown => JSON.parse(base64urlToText(token.split('.', 2)[1] ?? ''))
