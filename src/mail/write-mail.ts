/** The form of every mail: a few paragraphs, at most one link and one code, as text and as simple HTML with the same words. */
import { escapeHtml } from '../http/html.ts'
import type { Mail } from './mail.ts'

export type MailedCode = { readonly code: string; readonly lifeSeconds: number }

type Content = Pick<Mail, 'kind' | 'to' | 'subject'> & {
  readonly paragraphs: readonly string[]
  readonly link?: { readonly label: string; readonly url: string; readonly lifeSeconds: number }
  /** Six digits that do the same as the link, if there is one. They stand on a line of their own. */
  readonly code?: MailedCode | undefined
  /** Paragraphs after the link and the code. */
  readonly closing?: readonly string[]
}

/** The duration in words, in the largest unit that makes it a whole number. */
export function span(seconds: number): string {
  const minutes = Math.max(1, Math.round(seconds / 60))
  if (minutes % 60 !== 0) return minutes === 1 ? 'a minute' : `${minutes} minutes`
  return minutes === 60 ? 'an hour' : `${minutes / 60} hours`
}

const aboutCode = (lifeSeconds: number, hasLink: boolean) =>
  `${hasLink ? 'If you are asked for a code instead, enter this one' : 'Enter this code'} within ${span(lifeSeconds)}. Do not tell it to anybody:`

/** The mail. All text is escaped in its HTML. */
export function writeMail({ kind, to, subject, paragraphs, link, code, closing = [] }: Content): Mail {
  const text = [
    ...paragraphs,
    ...(link ? [`${link.label}:\n${link.url}`] : []),
    ...(code ? [`${aboutCode(code.lifeSeconds, link !== undefined)}\n${code.code}`] : []),
    ...closing,
  ].join('\n\n')
  const html = [
    ...paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    ...(link ? [`<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.label)}</a></p>`] : []),
    ...(code ? [`<p>${aboutCode(code.lifeSeconds, link !== undefined)}<br><strong>${code.code}</strong></p>`] : []),
    ...closing.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
  ]
  return {
    kind,
    to,
    subject,
    text: `${text}\n`,
    html: `<!doctype html><html lang="en"><body>${html.join('')}</body></html>`,
    lifeSeconds: link?.lifeSeconds ?? code?.lifeSeconds,
  }
}
