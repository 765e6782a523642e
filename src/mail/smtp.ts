/** Hands mails to a mail server (RFC 5321). No other file does. Its errors never contain an address. */
import type { Mail } from './mail.ts'

type Details = { readonly permanent: boolean; readonly perhapsTaken?: boolean }

/**
 * A mail was not accepted. `permanent` means that the server will never accept it. `perhapsTaken` means that the server had the whole mail
 * and did not answer. The reason names no user.
 */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly permanent: boolean
  readonly perhapsTaken: boolean

  constructor(reason: string, { permanent, perhapsTaken = false }: Details) {
    super(reason)
    this.permanent = permanent
    this.perhapsTaken = perhapsTaken
  }
}

type Attempt = {
  readonly id: string
  readonly signal: AbortSignal
  /** Called when the server has the whole mail, and only its answer is missing. */
  readonly onWhole?: () => void
}

/** Rejects with a DeliveryError if the mail was not accepted, or if the signal aborts. */
export type SendMail = (mail: Mail, attempt: Attempt) => Promise<void>

type Dependencies = {
  url: string
  /** Whether a server that offers no TLS gets no mail. */
  requiresTls: boolean
  from: string
  /** The host of Message-IDs. */
  host: string
}

const unwritable = 'the address cannot be written to'
// RFC 5321 §4.5.3.2 recommends minutes. The signal of the caller bounds the whole attempt.
const patience = {
  dnsTimeout: 30_000,
  connectionTimeout: 120_000,
  greetingTimeout: 120_000,
  socketTimeout: 15 * 60_000,
  disableFileAccess: true,
  disableUrlAccess: true,
}

export function createSmtp({ url, requiresTls, from, host }: Dependencies): SendMail {
  return async function sendMail({ to, subject, text, html }, { id, signal, onWhole }) {
    // nodemailer removes these characters and sends to the rest, which is another address.
    if (/[<>]/.test(to)) throw new DeliveryError(unwritable, { permanent: true })
    let whole = false
    // The library is loaded by the first mail: a server on a laptop sends none.
    const { createTransport } = await import('nodemailer')
    const transport = createTransport({ url, requireTLS: requiresTls, ...patience })
    transport.use('stream', ({ message }, done) => {
      // The stream ends only after the server has asked for the content. The final dot follows.
      message.processFunc((content) =>
        content.once('end', () => {
          whole = true
          onWhole?.()
        }),
      )
      done()
    })
    try {
      await transport.sendMail({
        from,
        // This form is a single address. A string could be parsed as a list.
        to: { name: '', address: to },
        subject,
        text,
        html,
        // The id is the same at every attempt, so that mail servers can drop a mail that arrives twice.
        messageId: `<${id}@${host}>`,
        // Auto-responders do not answer such a mail (RFC 3834 §5).
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal,
      })
    } catch (error) {
      throw toDeliveryError(error, whole)
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

// The answer of a server often repeats the address, so only its codes are kept (RFC 5321 §4.2, RFC 3463).
function toDeliveryError(error: unknown, whole: boolean): DeliveryError {
  const { message = '', code, originalCode, command = '', response = '', responseCode } = (error ?? {}) as SmtpError
  if (responseCode === undefined) {
    // nodemailer refused the address before it asked the server.
    const permanent = code === 'EENVELOPE' && /recipient/.test(message)
    const what = code === 'EABORT' ? 'it took too long' : (originalCode ?? code ?? 'unknown')
    if (whole) {
      return new DeliveryError(`no answer to the whole mail (${what}): perhaps taken`, {
        permanent,
        perhapsTaken: true,
      })
    }
    const reason = permanent ? unwritable : `no answer (${what})`
    return new DeliveryError(reason, { permanent })
  }
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1]
  const said = [responseCode, enhanced, 'to', command || 'the connection'].filter(Boolean).join(' ')
  // A refusal of this server (its password, its sender address) is not permanent, because an operator can mend it.
  const aboutTheMail = command === 'RCPT TO' || command === 'DATA'
  return new DeliveryError(said, { permanent: responseCode >= 500 && aboutTheMail })
}
