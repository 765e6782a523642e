/**
 * Where mail goes in development, with no mail server: to the log, with the link to click on, and to /dev/mailbox. Never
 * in production: there the settings ask for a mail server.
 */
import type { Mail } from './mail.ts'
import type { SendMail } from './smtp.ts'

/** A letter, and when it was taken out of the outbox. */
export type ReceivedMail = Mail & { readonly id: string; readonly at: Date }

const mostKept = 100

export type DevelopmentMailbox = {
  readonly send: SendMail
  /** The latest letters, newest first. */
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
