/** The page that shows developers the mails that would have been sent. */
import { escapeHtml } from '../http/html.ts'

export type MailboxMail = { id: string; kind: string; to: string; subject: string; text: string; at: Date }

/** The mails as a page of HTML, newest first. */
export const mailboxPage = (mails: readonly MailboxMail[]): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Mailbox</title><h1>Mailbox</h1>
<p>What would have been sent, newest first, since this process started. Set SMTP_URL to send it.</p>
${mails.map(article).join('\n') || '<p>Nothing yet.</p>'}
</html>`

const article = ({ to, subject, text, at }: MailboxMail) =>
  `<hr><h2>${escapeHtml(subject)}</h2><p>${escapeHtml(to)}, ${at.toISOString()}</p><pre>${withLinks(text)}</pre>`

/** The text, escaped, with links that can be clicked. */
const withLinks = (text: string) =>
  text
    .split(/(https?:\/\/[^\s<>"']+)/)
    .map((part, i) => (i % 2 === 1 ? `<a href="${escapeHtml(part)}">${escapeHtml(part)}</a>` : escapeHtml(part)))
    .join('')
