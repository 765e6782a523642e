/** The page that shows developers the mails that would have been sent. */
import { escapeHtml } from '../http/html.ts'
import { type Brand, pageHtml } from './page.ts'

export type MailboxMail = { id: string; kind: string; to: string; subject: string; text: string; at: Date }

/** The mails as a page of HTML, newest first. */
export const mailboxPage = (brand: Brand, mails: readonly MailboxMail[]): string =>
  pageHtml(brand, {
    title: 'Mailbox',
    wide: true,
    body: `<h1>Mailbox</h1>
<p>These mails would have been sent, newest first, since this process started. Set <code>SMTP_URL</code> to send them.
<a href="${brand.base}">Back to the start page</a></p>
${mails.map(article).join('\n') || '<p>There is no mail yet.</p>'}`,
  })

const article = ({ to, subject, text, at }: MailboxMail) =>
  `<article><h2>${escapeHtml(subject)}</h2>
<p>To ${escapeHtml(to)}, <time datetime="${at.toISOString()}">${at.toISOString()}</time></p><pre>${withLinks(text)}</pre></article>`

/** The text, escaped, with links that can be clicked. */
const withLinks = (text: string) =>
  text
    .split(/(https?:\/\/[^\s<>"']+)/)
    .map((part, i) => (i % 2 === 1 ? `<a href="${escapeHtml(part)}">${escapeHtml(part)}</a>` : escapeHtml(part)))
    .join('')
