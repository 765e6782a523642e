/**
 * The development mailbox. Without a mail server, mails go to the log, with their link, and to /dev/mailbox. In production the settings
 * require a mail server.
 */
import type { Mail } from './mail.ts'
import type { SendMail } from './smtp.ts'

/** A mail, and the time when it left the outbox. */
export type ReceivedMail = Mail & { readonly id: string; readonly at: Date }

const mostKept = 100

export type DevelopmentMailbox = {
  readonly send: SendMail
  /** The latest mails, newest first. */
  readonly mails: () => readonly ReceivedMail[]
}

export function createDevelopmentMailbox({ log }: { log: (message: string) => void }): DevelopmentMailbox {
  const kept: ReceivedMail[] = []
  return {
    async send(mail, { id }) {
      kept.unshift({ ...mail, id, at: new Date() })
      kept.splice(mostKept)
      const link = /^https?:\/\/\S+$/m.exec(mail.text)?.[0]
      log(`mail to ${mail.to}: ${mail.subject}${link === undefined ? '' : `\n${link}`}`)
    },
    mails: () => kept,
  }
}
