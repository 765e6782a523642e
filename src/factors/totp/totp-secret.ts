/** The secret that the server and the authenticator app of a user share, and the two forms in which the app gets it. */
import { randomBytes } from 'node:crypto'
import { renderSVG } from 'uqr'
import { toBase32 } from './base32.ts'

/** 160 bits, the length that RFC 4226 §4 recommends. */
export const newTotpSecret = (): Buffer => randomBytes(20)

type Label = {
  /** The service, as the app shows it. */
  readonly issuer: string
  /** The account, as the app shows it. */
  readonly account: string
}

// A colon separates the two in the label, so neither may have one.
const partOf = (text: string): string => encodeURIComponent(text.replaceAll(':', ' ').toWellFormed())

/**
 * The `otpauth` URI. It names the algorithm, the digits and the period, although they are those that apps take by default. The issuer stands
 * in the label too, for apps that do not read the parameter.
 */
export function otpauthUri(secret: Buffer, { issuer, account }: Label): string {
  const query = `secret=${toBase32(secret)}&issuer=${partOf(issuer)}&algorithm=SHA1&digits=6&period=30`
  return `otpauth://totp/${partOf(issuer)}:${partOf(account)}?${query}`
}

/** The QR code of a URI as an SVG image, with the white border of four modules that scanners need (ISO/IEC 18004). */
export const qrCode = (uri: string): string => renderSVG(uri, { border: 4, pixelSize: 4 })
