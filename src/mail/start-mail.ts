/** Starts to send the outbox: to the mail server of the settings, or to the development mailbox. */
import type { Config } from '../config/config.ts'
import type { Database } from '../database/client.ts'
import { newestInForce } from '../secrets/server-secrets.ts'
import { createDevelopmentMailbox, type DevelopmentMailbox } from './development-mailbox.ts'
import { createMailStore } from './mail-store.ts'
import { createOutbox } from './outbox.ts'
import { type MailSender, type Patience, startMailSender } from './send-mails.ts'
import { createSmtp } from './smtp.ts'

type Dependencies = {
  config: Pick<Config, 'production' | 'smtpUrl' | 'smtpRequiresTls' | 'mailFrom' | 'publicUrl'>
  database: Pick<Database, 'prisma' | 'pool'>
  secrets: readonly string[]
  log: { info(message: string): void; warn(fields: object, message: string): void }
  patience?: Partial<Patience> | undefined
}
/** The running sender, and the development mailbox if mails go there. */
export type RunningMail = MailSender & { readonly mailbox: DevelopmentMailbox | undefined }

/** Throws if mails would go to the log in production. */
export function startMail({ config, database, secrets, log, patience }: Dependencies): RunningMail {
  const { production, smtpUrl, smtpRequiresTls: requiresTls, mailFrom: from, publicUrl } = config
  if (production && smtpUrl === undefined) throw new Error('in production there must be a mail server')
  const mailbox = smtpUrl === undefined ? createDevelopmentMailbox({ log: (line) => log.info(line) }) : undefined
  const sender = startMailSender({
    store: createMailStore(database),
    // This outbox only opens mails. The app seals them.
    outbox: createOutbox({ secrets: newestInForce(secrets) }),
    send: mailbox?.send ?? createSmtp({ url: smtpUrl ?? '', requiresTls, from, host: new URL(publicUrl).hostname }),
    onFailure: (failure) => log.warn(failure, failure.dead ? 'a mail was given up' : 'a mail was not taken'),
    onError: (err) => log.warn({ err }, 'the outbox could not be read'),
    patience,
  })
  return { ...sender, mailbox }
}
