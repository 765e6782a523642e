/** Hands letters to a mail server (RFC 5321); the only file that knows how. What goes wrong is told without an address. */
import type { Mail } from './mail.ts'

type Why = { readonly permanent: boolean; readonly perhapsTaken?: boolean }

/**
 * Why a letter was not taken. `permanent`: the server will never take it. `perhapsTaken`: it had the whole letter, and did not
 * say what became of it. The reason names nobody.
 */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly permanent: boolean
  readonly perhapsTaken: boolean

  constructor(reason: string, { permanent, perhapsTaken = false }: Why) {
    super(reason)
    this.permanent = permanent
    this.perhapsTaken = perhapsTaken
  }
}

type Attempt = {
  readonly id: string
  readonly signal: AbortSignal
  /** Called when the server has the whole letter, and only its answer is missing. */
  readonly onWhole?: () => void
}

/** Ends in a DeliveryError where the letter was not taken, or by the signal. */
export type SendMail = (mail: Mail, attempt: Attempt) => Promise<void>

type Options = {
  url: string
  from: string
  /** What is behind the @ of Message-IDs. */
  host: string
}

const unwritable = 'the address cannot be written to'
// RFC 5321 §4.5.3.2 asks for minutes. How long the whole of it may take is the caller's to say, by the signal.
const patience = {
  dnsTimeout: 30_000,
  connectionTimeout: 120_000,
  greetingTimeout: 120_000,
  socketTimeout: 15 * 60_000,
  disableFileAccess: true,
  disableUrlAccess: true,
}

export function createSmtp({ url, from, host }: Options): SendMail {
  return async function sendMail({ to, subject, text, html }, { id, signal, onWhole }) {
    // nodemailer takes these out and sends to what is left: to somebody else.
    if (/[<>]/.test(to)) throw new DeliveryError(unwritable, { permanent: true })
    let whole = false
    // Loaded by the first letter: a server on a laptop has none to send.
    const { createTransport } = await import('nodemailer')
    const transport = createTransport({ url, ...patience })
    transport.use('stream', ({ message }, done) => {
      // It is read to its end only after the server has asked for it; what follows is the final dot.
      message.processFunc((letter) =>
        letter.once('end', () => {
          whole = true
          onWhole?.()
        }),
      )
      done()
    })
    try {
      await transport.sendMail({
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

// What a server says often repeats the address: of its words, only the codes are kept (RFC 5321 §4.2, RFC 3463).
function toDeliveryError(error: unknown, whole: boolean): DeliveryError {
  const { message = '', code, originalCode, command = '', response = '', responseCode } = (error ?? {}) as SmtpError
  if (responseCode === undefined) {
    // An address that cannot even be asked about.
    const permanent = code === 'EENVELOPE' && /recipient/.test(message)
    const what = code === 'EABORT' ? 'it took too long' : (originalCode ?? code ?? 'unknown')
    if (whole) {
      return new DeliveryError(`no answer to the whole letter (${what}): perhaps taken`, {
        permanent,
        perhapsTaken: true,
      })
    }
    const reason = permanent ? unwritable : `no answer (${what})`
    return new DeliveryError(reason, { permanent })
  }
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1]
  const said = [responseCode, enhanced, 'to', command || 'the connection'].filter(Boolean).join(' ')
  // Where it refuses us, and not this letter, somebody can put that right: our password, our sender, its own state.
  const aboutTheLetter = command === 'RCPT TO' || command === 'DATA'
  return new DeliveryError(said, { permanent: responseCode >= 500 && aboutTheLetter })
}
