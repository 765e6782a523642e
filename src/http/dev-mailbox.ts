/**
 * GET /dev/mailbox, in development only: the letters that would have been sent, as a page, or as JSON for who asks for
 * that. Only from this machine, and no other site's page may read it: there are links in it that let people in.
 */
import { BlockList, isIPv6 } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import { escapeHtml } from './html.ts'
import type { App } from './server.ts'

type ReceivedMail = { id: string; kind: string; to: string; subject: string; text: string; at: Date }
type Dependencies = { mails: () => readonly ReceivedMail[]; publicUrl: string }

const policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')
const thisMachine = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

export function devMailboxRoute(app: App, { mails, publicUrl }: Dependencies): void {
  app.route({ method: 'GET', url: '/dev/mailbox', schema: { hide: true }, handler: onMailbox })

  function onMailbox(request: FastifyRequest, reply: FastifyReply) {
    // A name of somebody else's that was made to lead here (DNS rebinding) would make this page theirs.
    const { host } = request
    const named = host === new URL(publicUrl).host || thisMachine.test(host)
    // Not only by the name, which whoever asks can choose: HOST may be an address that the whole network reaches.
    if (!named || !loopback.check(request.ip, isIPv6(request.ip) ? 'ipv6' : 'ipv4')) throw new AppError('not_found')
    if (request.headers.accept?.includes('application/json')) {
      const shown = mails().map(({ id, kind, to, subject, text, at }) => ({ id, kind, to, subject, text, at }))
      return reply.type('application/json').send(JSON.stringify({ mails: shown }))
    }
    return reply.type('text/html; charset=utf-8').header('content-security-policy', policy).send(page(mails()))
  }
}

const page = (mails: readonly ReceivedMail[]) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Mailbox</title><h1>Mailbox</h1>
<p>What would have been sent, newest first, since this process started. Set SMTP_URL to send it.</p>
${mails.map(article).join('\n') || '<p>Nothing yet.</p>'}
</html>`

const article = ({ to, subject, text, at }: ReceivedMail) =>
  `<hr><h2>${escapeHtml(subject)}</h2><p>${escapeHtml(to)}, ${at.toISOString()}</p><pre>${withLinks(text)}</pre>`

/** The text, escaped, with its links to click on. */
const withLinks = (text: string) =>
  text
    .split(/(https?:\/\/[^\s<>"']+)/)
    .map((part, i) => (i % 2 === 1 ? `<a href="${escapeHtml(part)}">${escapeHtml(part)}</a>` : escapeHtml(part)))
    .join('')
