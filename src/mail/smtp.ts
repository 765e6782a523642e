/** Hands letters to a mail server (RFC 5321); the only file that knows how. What goes wrong is told without an address. */
import type { Mail } from './mail.ts'

/** Why a letter was not taken. `permanent`: the server will never take it. `reason` names nobody. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly permanent: boolean

  constructor(reason: string, options: { permanent: boolean; cause?: unknown }) {
    super(reason, { cause: options.cause })
    this.permanent = options.permanent
  }
}

/** Ends in a DeliveryError where the letter was not taken, or by the signal. */
export type SendMail = (mail: Mail, options: { id: string; signal: AbortSignal }) => Promise<void>

type Options = {
  url: string
  from: string
  /** What is behind the @ of Message-IDs. */
  host: string
}

const unwritable = 'the address cannot be written to'
const patience = { dnsTimeout: 5_000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 }

export function createSmtp({ url, from, host }: Options): SendMail {
  // Loaded by the first letter: a server on a laptop has none to send.
  const connect = async () => {
    const { createTransport } = await import('nodemailer')
    return createTransport({ url, ...patience, disableFileAccess: true, disableUrlAccess: true })
  }
  let transport: ReturnType<typeof connect> | undefined

  return async function sendMail({ to, subject, text, html }, { id, signal }) {
    // nodemailer takes these out and sends to what is left: to somebody else.
    if (/[<>]/.test(to)) throw new DeliveryError(unwritable, { permanent: true })
    try {
      transport ??= connect()
      await (await transport).sendMail({
        from,
        // An address, never a list of them that is yet to be parsed.
        to: { name: '', address: to },
        subject,
        text,
        html,
        // The same at every attempt: who gets a letter twice can tell, and many mail servers do.
        messageId: `<${id}@${host}>`,
        // RFC 3834 §5: nobody's absence notice answers.
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal,
      })
    } catch (error) {
      throw toDeliveryError(error)
    }
  }
}

type SmtpError = {
  message?: string
  code?: string
  originalCode?: string
  command?: string
  response?: string
  responseCode?: number
}

// What a server says often repeats the address: of its words, only the codes are kept (RFC 5321 §4.2, RFC 3463).
function toDeliveryError(error: unknown): DeliveryError {
  const { message = '', code, originalCode, command = '', response = '', responseCode } = (error ?? {}) as SmtpError
  if (responseCode === undefined) {
    // An address that cannot even be asked about.
    const permanent = code === 'EENVELOPE' && /recipient/.test(message)
    const what = code === 'EABORT' ? 'it took too long' : (originalCode ?? code ?? 'unknown')
    const reason = permanent ? unwritable : `no answer (${what})`
    return new DeliveryError(reason, { permanent })
  }
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1]
  const said = [responseCode, enhanced, 'to', command || 'the connection'].filter(Boolean).join(' ')
  // Where it refuses us, and not this letter, somebody can put that right: our password, our sender, its own state.
  const aboutTheLetter = command === 'RCPT TO' || command === 'DATA'
  return new DeliveryError(said, { permanent: responseCode >= 500 && aboutTheLetter })
}
