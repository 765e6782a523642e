/** The form of every mail: a few paragraphs and at most one link, as text and as simple HTML with the same words. */
import { escapeHtml } from '../http/html.ts'
import type { Mail } from './mail.ts'

type Content = Pick<Mail, 'kind' | 'to' | 'subject'> & {
  readonly paragraphs: readonly string[]
  readonly link?: { readonly label: string; readonly url: string; readonly lifeSeconds: number }
  /** Paragraphs after the link. */
  readonly closing?: readonly string[]
}

/** The mail. All text is escaped in its HTML. */
export function writeMail({ kind, to, subject, paragraphs, link, closing = [] }: Content): Mail {
  const text = [...paragraphs, ...(link ? [`${link.label}:\n${link.url}`] : []), ...closing].join('\n\n')
  const html = [
    ...paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    ...(link ? [`<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.label)}</a></p>`] : []),
    ...closing.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
  ]
  return {
    kind,
    to,
    subject,
    text: `${text}\n`,
    html: `<!doctype html><html lang="en"><body>${html.join('')}</body></html>`,
    lifeSeconds: link?.lifeSeconds,
  }
}
