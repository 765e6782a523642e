/**
 * base64url without padding (RFC 4648 §5). `Buffer` is several times as fast, but the runtimes of workers have none, and @countersign/verify
 * runs there too.
 */
const hasBuffer = typeof Buffer !== 'undefined'
const toUtf8 = new TextEncoder()
const fromUtf8 = new TextDecoder()

/** The bytes in base64url. */
export function toBase64url(bytes: Uint8Array): string {
  if (hasBuffer) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** The bytes of a text in base64url. A text in another form gives any bytes, or throws. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  if (hasBuffer) return Buffer.from(text, 'base64url')
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
}

/** A text, as UTF-8 in base64url. */
export const textToBase64url = (text: string): string =>
  hasBuffer ? Buffer.from(text).toString('base64url') : toBase64url(toUtf8.encode(text))

/** The text that is written as UTF-8 in base64url. */
export const base64urlToText = (text: string): string => fromUtf8.decode(fromBase64url(text))

/** Whether the text is base64url in the one form that an encoder writes: no padding, no unused bits, no other character. */
export function isCanonical(text: string): boolean {
  try {
    return toBase64url(fromBase64url(text)) === text
  } catch {
    return false
  }
}
