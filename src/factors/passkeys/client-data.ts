/** Reads the client data of a credential (WebAuthn §5.8.1): what the browser says about the page that asked. */

export type ClientData = {
  readonly type: unknown
  readonly challenge: string
  readonly origin: string
  /** Whether the page was in a frame of another origin. */
  readonly inForeignFrame: boolean
}

/** The client data, or undefined if the text is none. */
export function readClientData(text: string): ClientData | undefined {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64url')))
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { type, challenge, origin, crossOrigin, topOrigin } = value as Record<string, unknown>
  if (typeof challenge !== 'string' || typeof origin !== 'string') return undefined
  return { type, challenge, origin, inForeignFrame: crossOrigin === true || topOrigin !== undefined }
}
